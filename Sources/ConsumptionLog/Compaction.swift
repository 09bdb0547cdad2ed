import Consumption
import Files
import LinkToken

/// Rewrites a log as what its events came to: one start and, if there was one, one finish per link, in the order of
/// distributions and serials, preceded by the last reset of each link that was reset, and what it undid.
///
/// The new file is written and synced beside the log, catches up with what was appended meanwhile, and takes the name
/// over between two batches. Until the rename the old file is whole; from then on the new one is; and nothing is
/// acknowledged in the new one before its name is durable.
struct Compaction {
    private let source: LogScan
    private let path: String
    private let fileSystem: any FileSystem
    private var draft: LogDraft
    /// How far the source is taken over.
    private(set) var taken: UInt64 = 0
    /// The first record of the batch that record belongs to which `taken` stands behind.
    private var takenFrom = LogScan.Ending()

    static func draftPath(of path: String) -> String { path + ".compacting" }

    /// - Precondition: the caller holds the log's lock, and no part of the path is a symbolic link.
    init(_ path: String, id: LogID = .random(), in fileSystem: any FileSystem) throws(ConsumptionError) {
        self.path = path
        self.fileSystem = fileSystem
        let file: any StorageFile
        do throws(FileError) {
            file = try fileSystem.open(path, .reading)
        } catch {
            throw ConsumptionError(error, opening: path)
        }
        source = try LogScan(file)
        let draftPath = Self.draftPath(of: path)
        do throws(FileError) {
            try fileSystem.remove(draftPath)
            draft = try LogDraft(draftPath, id: id, in: fileSystem)
        } catch {
            throw .system(error)
        }
    }

    /// Gives up, and leaves the log as it is.
    func discard() {
        source.file.close()
        draft.discard()
    }

    /// Writes what the first records came to.
    mutating func writeSnapshot(upTo records: UInt64) throws(ConsumptionError) {
        var histories = LinkHistories()
        try take(upTo: records) { (_, record) in histories.apply(record) }
        do throws(FileError) {
            try histories.forEachEvent { (event) throws(FileError) in try draft.append(event) }
            try draft.flush()
        } catch {
            throw .system(error)
        }
    }

    /// Appends what was written to the log since, event by event.
    mutating func catchUp(to records: UInt64) throws(ConsumptionError) {
        try take(upTo: records) { (draft, record) throws(ConsumptionError) in
            do throws(FileError) { try draft.append(record) } catch { throw .system(error) }
            return nil
        }
        do { try draft.flush() } catch { throw .system(error) }
    }

    /// Reads the source on, up to so many records.
    private mutating func take(
        upTo records: UInt64,
        _ body: (inout LogDraft, LinkEvent) throws(ConsumptionError) -> Damage.Reason?
    ) throws(ConsumptionError) {
        var draft = draft
        defer { self.draft = draft }
        let path = path
        takenFrom = try source.run(
            from: takenFrom, upTo: records,
            onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) },
            { (record) throws(ConsumptionError) in try body(&draft, record) })
        taken = records
    }

    /// Makes durable what is written, so that little is left for the switch.
    mutating func sync() throws(ConsumptionError) {
        do { try draft.sync() } catch { throw .system(error) }
    }

    /// Takes the rest over and the name, and has the journal go on in the new file. Nothing may be appended meanwhile.
    ///
    /// - Returns: a failure that left the log as it was.
    /// - Throws: `ConsumptionError.displaced(path:_:)` where another program changed the file that would be replaced, or
    ///   `ConsumptionError.stopped(_:)` for a failure of the rename or after it, when it is open which of the two files
    ///   has the name.
    mutating func switchOver(_ journal: inout Journal) throws(ConsumptionError) -> Result<Void, ConsumptionError> {
        do throws(ConsumptionError) {
            try catchUp(to: journal.records)
            do throws(FileError) {
                try draft.seal()
                guard try draft.journal.file.tryLock() else {
                    throw FileError("lock", draft.path, errno: FileError.wouldBlock)
                }
            } catch {
                throw .system(error)
            }
        } catch {
            return .failure(error)
        }
        try journal.checkPlace()
        do throws(FileError) {
            try fileSystem.rename(draft.path, to: path)
            try fileSystem.syncDirectory(of: path)
        } catch {
            throw .stopped(error)
        }
        source.file.close()
        journal.move(to: draft.journal)
        return .success(())
    }
}
