import Consumption
import Files

/// Making and opening a log file.
enum LogOpening {
    struct Opened {
        /// Without symbolic links.
        var path: String
        var journal: Journal
        var table: LinkTable
        var ending: LogScan.Ending
    }

    /// Makes an empty log.
    static func create(
        at path: String,
        id: LogID = .random(),
        in fileSystem: any FileSystem
    ) throws(ConsumptionError) {
        do throws(FileError) {
            try LogDraft.write(path, id: id, in: fileSystem) { _ throws(FileError) in }
        } catch {
            throw ConsumptionError(error, creating: path)
        }
    }

    /// Locks a log, reads it, drops a torn tail, and makes durable what is left.
    static func open(_ path: String, in fileSystem: any FileSystem, step: Int = Journal.defaultStep)
        throws(ConsumptionError) -> Opened
    {
        // A link may be pointed elsewhere meanwhile; the file that is locked has to be the one that is replaced later.
        let path = try resolve(path, in: fileSystem)
        let file = try openLocked(path, in: fileSystem)
        var isOpened = false
        defer { if !isOpened { file.close() } }

        let scan = try LogScan(file)
        let survey = try LogSurvey(scan)
        let (table, ending) = (try survey.soundTable(), survey.ending)
        do throws(FileError) {
            try settle(ending, in: file)
            // What a compaction left that did not come to its end.
            try fileSystem.remove(Compaction.draftPath(of: path))
            // The name, too, may be younger than the last sync of the directory.
            try fileSystem.syncDirectory(of: path)
        } catch {
            throw ConsumptionError(error, opening: path)
        }
        isOpened = true
        let journal = Journal(file, scan.header, records: ending.records, step: step)
        return Opened(path: path, journal: journal, table: table, ending: ending)
    }

    /// Cuts off what follows the sound records, so that it can't come back, and writes the last batch once more: a
    /// process before this one may have failed to sync it, and then only pages that are dirty again are written out.
    private static func settle(_ ending: LogScan.Ending, in file: any StorageFile) throws(FileError) {
        let start = LogScan.offset(of: ending.lastBatchStart)
        let lastBatch = try file.readAll(at: start, count: ending.offset - start)
        try file.truncate(to: ending.offset)
        try file.writeAll(lastBatch[...], at: start)
        try file.sync()
    }

    static func resolve(_ path: String, in fileSystem: any FileSystem) throws(ConsumptionError) -> String {
        do { return try fileSystem.resolve(path) } catch { throw ConsumptionError(error, opening: path) }
    }

    static func openLocked(
        _ path: String,
        in fileSystem: any FileSystem
    ) throws(ConsumptionError) -> any StorageFile {
        do throws(FileError) {
            while true {
                let file = try fileSystem.open(path, .writing)
                guard try file.tryLock() else {
                    file.close()
                    throw FileError("lock", path, errno: FileError.wouldBlock)
                }
                // A compaction may have put another file there since, and that one has a lock of its own.
                if try file.isNamed(path) { return file }
                file.close()
            }
        } catch {
            throw ConsumptionError(error, opening: path)
        }
    }
}
