import Consumption
import Encoding
import Files
import LinkToken

/// A log that has no name yet. It gets one only when all of it is durable, so a crash leaves a whole log or none.
struct LogDraft {
    let path: String
    let fileSystem: any FileSystem
    private(set) var journal: Journal
    private var batch: [LinkEvent] = []

    /// Begins a file, whose header comes last.
    init(_ path: String, id: LogID, in fileSystem: any FileSystem) throws(FileError) {
        self.path = path
        self.fileSystem = fileSystem
        let file = try fileSystem.open(path, .creating)
        journal = Journal(file, LogHeader(id: id, sealedRecords: 0), records: 0, step: 0)
    }

    /// Begins the draft of a log under another path.
    ///
    /// - Throws: also where something has that path already.
    init(of path: String, id: LogID = .random(), in fileSystem: any FileSystem) throws(FileError) {
        if try fileSystem.exists(path) { throw FileError("create", path, errno: FileError.fileExists) }
        try self.init("\(path).\(id.high.hexadecimal).new", id: id, in: fileSystem)
    }

    /// Writes an event, in batches that are as large as can be and without a sync.
    mutating func append(_ event: LinkEvent) throws(FileError) {
        batch.append(event)
        if batch.count == RecordCoding.largestBatch { try flush() }
    }

    /// Writes what was appended.
    mutating func flush() throws(FileError) {
        if !batch.isEmpty { try journal.write(batch) }
        batch.removeAll(keepingCapacity: true)
    }

    /// Makes what was appended durable.
    mutating func sync() throws(FileError) {
        try flush()
        try journal.file.sync()
    }

    /// Writes the header over what is there and makes all of it durable.
    mutating func seal() throws(FileError) {
        try flush()
        let header = LogHeader(id: journal.header.id, sealedRecords: journal.records)
        journal = Journal(journal.file, header, records: journal.records, step: 0)
        try journal.file.writeAll(header.encoded()[...], at: 0)
        try journal.file.sync()
    }

    /// Gives the finished log its name, under which nothing may be.
    ///
    /// - Returns: how many events it holds.
    mutating func publish(as path: String) throws(FileError) -> UInt64 {
        try seal()
        try fileSystem.link(self.path, to: path)
        discard()
        try fileSystem.syncDirectory(of: path)
        return journal.records
    }

    /// Gives up. What stays behind on a failure is a file that nothing reads.
    func discard() {
        journal.file.close()
        try? fileSystem.remove(path)
    }

    /// Writes a log in one go under a path where none may be.
    @discardableResult
    static func write(
        _ path: String, id: LogID = .random(), in fileSystem: any FileSystem,
        _ fill: (inout LogDraft) throws(FileError) -> Void
    ) throws(FileError) -> UInt64 {
        var draft = try LogDraft(of: path, id: id, in: fileSystem)
        do throws(FileError) {
            try fill(&draft)
            return try draft.publish(as: path)
        } catch {
            draft.discard()
            throw error
        }
    }
}

extension ConsumptionError {
    init(_ failure: FileError, opening path: String) {
        switch failure.errno {
        case FileError.noSuchFile: self = .missing(path: path)
        case FileError.wouldBlock: self = .inUse(path: path)
        default: self = failure.isReadOnly ? .readOnly(path: path) : .system(failure)
        }
    }

    init(_ failure: FileError, creating path: String) {
        switch failure.errno {
        case FileError.fileExists: self = .alreadyExists(path: path)
        default: self = failure.isReadOnly ? .readOnly(path: path) : .system(failure)
        }
    }
}
