import Consumption
import Files

/// What a repair did.
public struct LogRepairReport: Hashable, Sendable {
    /// On the old log.
    public let survey: LogReport
    /// Events in the new log.
    public let records: UInt64
}

extension ConsumptionLog {
    /// Writes a new log with every event that can still be read, and leaves the old file as it is.
    ///
    /// Where an event shows that a link was used, it is used in the new log, also if its start is lost. Links all of whose
    /// events are lost look unused there and work again; which ones can't be told. The report says where and how much was
    /// lost, so that their distributions can be deleted or sent anew.
    ///
    /// - Parameters:
    ///   - path: the log, which no process may have open.
    ///   - newPath: where nothing is yet. Move it into the old one's place when the report was read.
    /// - Throws: `ConsumptionError.alreadyExists(path:)` for the new path, `ConsumptionError.inUse(path:)`, and what
    ///   ``check(at:)`` throws. No new file is left behind then.
    public static func repair(at path: String, to newPath: String) throws(ConsumptionError) -> LogRepairReport {
        try repair(at: path, to: newPath, in: SystemFileSystem())
    }

    package static func repair(
        at path: String,
        to newPath: String,
        id: LogID = .random(),
        in fileSystem: any FileSystem
    ) throws(ConsumptionError) -> LogRepairReport {
        let file: any StorageFile
        do throws(FileError) {
            file = try fileSystem.open(path, .reading)
            guard try file.tryLock() else { throw FileError("lock", path, errno: FileError.wouldBlock) }
        } catch {
            throw ConsumptionError(error, opening: path)
        }
        defer { file.close() }

        var draft: LogDraft
        do { draft = try LogDraft(of: newPath, id: id, in: fileSystem) } catch {
            throw ConsumptionError(error, creating: newPath)
        }
        do throws(ConsumptionError) {
            let survey = try LogSurvey(repairing: file) { (record) throws(ConsumptionError) in
                do throws(FileError) { try draft.append(record) } catch { throw .system(error) }
            }
            do throws(FileError) {
                return LogRepairReport(survey: survey.report, records: try draft.publish(as: newPath))
            } catch {
                throw ConsumptionError(error, creating: newPath)
            }
        } catch {
            // An empty draft is thrown away like any that could not be written.
            draft.discard()
            throw error
        }
    }
}
