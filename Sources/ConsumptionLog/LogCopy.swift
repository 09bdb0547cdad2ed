import Consumption
import Files
import LinkToken

/// A copy of another machine's log, as far as it was fetched: ``LogPage`` behind ``LogPage``.
///
/// ```swift
/// let copy = try LogCopy.open(at: path) ?? LogCopy.begin(at: path, with: firstPage)
/// try copy.append(pageAfter(copy.position))
/// ```
///
/// The file is a log at every moment and can be read meanwhile. A crash while a page is appended leaves a torn tail, which
/// readers pass over and opening drops. One process may have a copy open.
public final class LogCopy {
    /// Where the next page has to begin.
    public private(set) var position: LogPosition
    private let scan: LogScan
    private var ending: LogScan.Ending
    private var file: any StorageFile { scan.file }
    private let fileSystem: any FileSystem

    /// Opens a copy and drops what a crash left at its end.
    ///
    /// - Returns: nil if the file doesn't exist.
    /// - Throws: `ConsumptionError.notALog(path:)`, `ConsumptionError.headerDamaged(path:copyIsSound:)`,
    ///   `ConsumptionError.unknownVersion(path:version:)` or `ConsumptionError.damaged(path:_:)` for a file that has to be
    ///   fetched anew, or `ConsumptionError.system(_:)`.
    public static func open(at path: String) throws(ConsumptionError) -> LogCopy? {
        try open(at: path, in: SystemFileSystem())
    }

    package static func open(at path: String, in fileSystem: any FileSystem) throws(ConsumptionError) -> LogCopy? {
        do throws(FileError) {
            guard try fileSystem.exists(path) else { return nil }
        } catch {
            throw .system(error)
        }
        let file: any StorageFile
        do { file = try fileSystem.open(path, .writing) } catch { throw ConsumptionError(error, opening: path) }
        return try LogCopy(file, fileSystem)
    }

    /// Begins a copy with the first page of a log, in the place of any file of that name.
    ///
    /// - Throws: what ``open(at:)`` and ``append(_:)`` throw. No file is left behind then.
    public static func begin(at path: String, with page: [UInt8]) throws(ConsumptionError) -> LogCopy {
        try begin(at: path, with: page, in: SystemFileSystem())
    }

    package static func begin(
        at path: String, with page: [UInt8], in fileSystem: any FileSystem
    ) throws(ConsumptionError) -> LogCopy {
        do throws(FileError) {
            try fileSystem.remove(path)
            let file = try fileSystem.open(path, .creating)
            do throws(FileError) {
                try file.writeAll(page.prefix(LogHeader.size), at: 0)
                try fileSystem.syncDirectory(of: path)
            } catch {
                file.close()
                throw error
            }
            file.close()
        } catch {
            throw .system(error)
        }
        do throws(ConsumptionError) {
            guard let copy = try open(at: path, in: fileSystem) else { throw .missing(path: path) }
            try copy.append(Array(page.dropFirst(LogHeader.size)))
            return copy
        } catch {
            try? fileSystem.remove(path)
            throw error
        }
    }

    private init(_ file: any StorageFile, _ fileSystem: any FileSystem) throws(ConsumptionError) {
        self.fileSystem = fileSystem
        let path = file.path
        do throws(ConsumptionError) {
            scan = try LogScan(file)
            let block: [UInt8]
            do { block = try file.readAll(at: 0, count: LogHeader.size) } catch { throw .system(error) }
            // Nothing of it was acknowledged yet when the power failed.
            guard block == scan.header.encoded() else { throw .headerDamaged(path: path, copyIsSound: false) }
            ending = try scan.run(
                onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) }, { (_) in nil })
            position = try Self.position(of: ending, in: scan)
            do { try file.truncate(to: ending.offset) } catch { throw .system(error) }
        } catch {
            file.close()
            throw error
        }
    }

    deinit { file.close() }

    /// Appends the records of the page behind ``position``. They are durable when it returns.
    ///
    /// - Throws: `ConsumptionError.damaged(path:_:)` for records that can't follow, because they were damaged or are of
    ///   another log or another place, or `ConsumptionError.system(_:)`. Then the copy is as it was.
    public func append(_ records: [UInt8]) throws(ConsumptionError) {
        guard !records.isEmpty else { return }
        let path = file.path
        do throws(ConsumptionError) {
            do { try file.writeAll(records[...], at: ending.offset) } catch { throw .system(error) }
            // Nothing is read beyond whole records, so a broken one shows as missing.
            let count = UInt64((records.count + RecordCoding.size - 1) / RecordCoding.size)
            let grown = try scan.run(
                from: ending, upTo: ending.records + count,
                onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) }, { (_) in nil })
            let position = try Self.position(of: grown, in: scan)
            do { try file.sync() } catch { throw .system(error) }
            (ending, self.position) = (grown, position)
        } catch {
            try? file.truncate(to: ending.offset)
            throw error
        }
    }

    /// Gives the copy another name, in the place of any file that has it.
    public func rename(to path: String) throws(ConsumptionError) {
        do throws(FileError) {
            try fileSystem.rename(file.path, to: path)
            file.wasRenamed(to: path)
            try fileSystem.syncDirectory(of: path)
        } catch {
            throw .system(error)
        }
    }

    /// Whether each link that the other log knows to be started or finished is known here to have been, even if it was
    /// reset since. A compacted log covers what it was made of; one that was restored or begun anew does not.
    public func covers(_ other: String) throws(ConsumptionError) -> Bool {
        let known = try Self.histories(of: file.path, in: fileSystem, withResets: false)
        return known.covers(try Self.histories(of: other, in: fileSystem, withResets: true))
    }

    private static func histories(
        of path: String, in fileSystem: any FileSystem, withResets: Bool
    ) throws(ConsumptionError) -> LinkHistories {
        var histories = LinkHistories()
        try LogReader(path: path, in: fileSystem).run { (event) in
            if withResets || event.kind != .reset && event.kind != .reopened { _ = histories.apply(event) }
            return nil
        }
        return histories
    }

    private static func position(of ending: LogScan.Ending, in scan: LogScan) throws(ConsumptionError) -> LogPosition {
        var checksum: UInt32 = 0
        if ending.records > 0 {
            do {
                checksum = RecordCoding.checksum(of: try scan.file.readAll(at: ending.offset - 4, count: 4)[...])
            } catch {
                throw .system(error)
            }
        }
        return LogPosition(scan.header.id, records: ending.records, checksum: checksum)
    }
}
