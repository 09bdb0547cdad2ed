import Encoding

/// A log that has no name yet. It gets one only when all of it is durable, so a crash leaves a whole log or none.
struct LogDraft {
    let path: String
    let fileSystem: any FileSystem
    var journal: Journal

    /// Begins a file, whose header comes last.
    init(_ path: String, id: LogID, in fileSystem: any FileSystem) throws(SystemFailure) {
        self.path = path
        self.fileSystem = fileSystem
        let file = try fileSystem.open(path, .creating)
        journal = Journal(file, LogHeader(id: id, sealedRecords: 0), records: 0, step: 0)
    }

    /// Writes the header over what is there and makes all of it durable.
    mutating func seal() throws(SystemFailure) {
        let header = LogHeader(id: journal.header.id, sealedRecords: journal.records)
        journal = Journal(journal.file, header, records: journal.records, step: 0)
        try journal.file.writeAll(header.encoded()[...], at: 0)
        try journal.file.sync()
    }

    /// Gives up. What stays behind on a failure is a file that nothing reads.
    func discard() {
        journal.file.close()
        try? fileSystem.remove(path)
    }

    /// Writes a log in one go under a path where none may be.
    static func write(
        _ path: String,
        id: LogID,
        in fileSystem: any FileSystem,
        _ fill: (inout Journal) throws(SystemFailure) -> Void
    ) throws(SystemFailure) {
        var draft = try LogDraft("\(path).\(id.high.hexadecimal).new", id: id, in: fileSystem)
        do throws(SystemFailure) {
            try fill(&draft.journal)
            try draft.seal()
            try fileSystem.link(draft.path, to: path)
        } catch {
            draft.discard()
            throw error
        }
        draft.discard()
        try fileSystem.syncDirectory(of: path)
    }
}

extension ConsumptionError {
    init(_ failure: SystemFailure, opening path: String) {
        switch failure.errno {
        case SystemFailure.noSuchFile: self = .missing(path: path)
        case SystemFailure.wouldBlock: self = .inUse(path: path)
        default: self = failure.isReadOnly ? .readOnly(path: path) : .system(failure)
        }
    }

    init(_ failure: SystemFailure, creating path: String) {
        switch failure.errno {
        case SystemFailure.fileExists: self = .alreadyExists(path: path)
        default: self = failure.isReadOnly ? .readOnly(path: path) : .system(failure)
        }
    }
}
