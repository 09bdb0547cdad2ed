import Files
import LinkToken

/// Why the consumption store could not answer.
public enum ConsumptionError: Error, Hashable, Sendable {
    /// There is no log at that path.
    case missing(path: String)
    /// A log is to be created where there is one.
    case alreadyExists(path: String)
    /// Another process has the log open.
    case inUse(path: String)
    /// The file may only be read, or its file system is mounted read-only.
    case readOnly(path: String)
    /// The file does not begin as a consumption log does.
    case notALog(path: String)
    /// The log was written by a later version of linkseal.
    case unknownVersion(path: String, version: UInt32)
    /// The header fails its checksum; `copyIsSound` tells whether the copy at offset 2,048 can replace it.
    case headerDamaged(path: String, copyIsSound: Bool)
    /// Records that had been acknowledged can't be read any more.
    case damaged(path: String, Damage)
    /// The operating system refused an operation, and nothing was changed by it.
    case system(FileError)
    /// A write or a sync failed, so the log stopped accepting. The state on disk decides after a restart.
    case stopped(FileError)
    /// The disk of the log is full. Nothing is recorded until there is room; then recording resumes by itself.
    case outOfSpace(FileError)
    /// Another program removed, replaced or cut the log while it was open, so it stopped accepting.
    case displaced(path: String, Displacement)
    /// The log was closed.
    case closed
    /// The clock shows a time that a log can't hold: before 2020-01-01 or after 2088-01-19.
    case timeOutOfRange(UnixTime)
    /// The log is being compacted already.
    case compacting(path: String)
    /// Events were left in a log's inbox, and the process that has the log open has not taken them over yet.
    case waitsInInbox(path: String, file: String)
    /// The process that has a log open could not read what was left in the log's inbox.
    case refusedInInbox(path: String, file: String)
    /// A shared store can't be reached or does not record now. Nothing was answered; trying again later may succeed.
    case unavailable(store: String, reason: String)
    /// A shared store has no schema (nil), or another version of it than this linkseal works with.
    case schemaMismatch(store: String, found: Int64?, needed: Int64)
    /// The text is not the address of a shared store. The reason quotes no password.
    case invalidStoreAddress(reason: String)
}

extension ConsumptionError: CustomStringConvertible {
    /// What happened, and what to do next.
    public var description: String {
        switch self {
        case .missing(let path):
            "there is no consumption log at \(path). If there was one, restore it: with an empty log every link that was "
                + "used works again"
        case .alreadyExists(let path):
            "\(path) exists. A consumption log is never overwritten; choose another path or move that file away"
        case .inUse(let path):
            "\(path) is open in another process. Only one process can serve a log; stop the other one first"
        case .readOnly(let path):
            "\(path) can only be read. Serving needs to append to it: check its owner, its mode and how its file system "
                + "is mounted"
        case .notALog(let path):
            "\(path) is not a consumption log, or its first bytes are lost. Check the path, or restore the file from a copy"
        case .unknownVersion(let path, let version):
            "\(path) has format version \(version), which this linkseal does not know. Use the newer linkseal that wrote it"
        case .headerDamaged(let path, let copyIsSound):
            "the header of \(path) is damaged"
                + (copyIsSound ? ", and its copy is sound" : ", and so is its copy: restore the file from a backup")
        case .damaged(let path, let damage):
            "\(path) is damaged at offset \(damage.offset): \(damage.reason). Links that were used may look unused, so it "
                + "is not served"
        case .system(let failure):
            "\(failure)"
        case .stopped(let failure):
            "the consumption log stopped accepting because a write failed (\(failure)). Nothing that was answered is "
                + "lost. Repair the disk and restart"
        case .outOfSpace(let failure):
            "the disk of the consumption log is full (\(failure)). Nothing is recorded until there is room; then the log "
                + "continues by itself"
        case .displaced(let path, let displacement):
            "the consumption log \(path) stopped accepting because another program changed it while it was open: "
                + "\(displacement). Find that program, put the right file in place and restart. With an older copy, "
                + "links that were used since work again"
        case .closed:
            "the consumption log is closed"
        case .timeOutOfRange(let time):
            "the clock shows \(time), which a consumption log can't hold (2020-01-01 to 2088-01-19). Set the clock"
        case .compacting(let path):
            "\(path) is being compacted already"
        case .waitsInInbox(let path, let file):
            "the process that has \(path) open has not taken the events over yet. They are kept in \(file), and the "
                + "edge takes them over within seconds, also when it is started later. Look at its log for a full disk"
        case .refusedInInbox(let path, let file):
            "the process that has \(path) open could not read \(file) and set it aside; its log says why"
        case .unavailable(let store, let reason):
            "the consumption store at \(store) can't be used now: \(reason). Nothing is consumed until it can; links are "
                + "still verified"
        case .schemaMismatch(let store, nil, _):
            "the database at \(store) holds no consumption store. Check the address"
        case .schemaMismatch(let store, let found?, let needed) where found < needed:
            "the consumption store at \(store) has schema version \(found), and this linkseal needs \(needed)"
        case .schemaMismatch(let store, let found?, let needed):
            "the consumption store at \(store) has schema version \(found), and this linkseal knows \(needed). "
                + "Use the newer linkseal that migrated it"
        case .invalidStoreAddress(let reason):
            "that is not the address of a consumption store: \(reason). "
                + "One looks like postgres://linkseal@db.example.com/linkseal"
        }
    }
}

/// A place in a log that can't be read though it had been written and synced.
public struct Damage: Hashable, Sendable {
    /// Where it begins, in bytes from the start of the file.
    public let offset: UInt64
    /// How many bytes are concerned.
    public let length: UInt64
    public let reason: Reason
    /// The link that a dropped record is about; nil if the record can't be read.
    public let nonce: Nonce?

    package init(offset: UInt64, length: UInt64, reason: Reason, nonce: Nonce? = nil) {
        self.offset = offset
        self.length = length
        self.reason = reason
        self.nonce = nonce
    }

    public enum Reason: String, Hashable, Sendable, CustomStringConvertible {
        case checksum = "a record fails its checksum, and records that were written after it was synced are sound"
        case zeroes = "there are zeroes where a record was synced"
        case misplaced = "a record does not continue the batch before it"
        case unknownEvent = "a record holds an event or a value that this version does not write"
        case contradiction = "a record contradicts the ones before it"
        case startMissing = "there is a finish without its start"
        case missing = "the sound records end before the last one that is known to have been synced"
        case tooLong = "more bytes follow the last sound record than one batch can leave behind"

        public var description: String { rawValue }
    }
}

/// What another program did to a log that was open.
public enum Displacement: String, Hashable, Sendable, CustomStringConvertible {
    case renamed = "the file was removed, or another one has its name"
    case resized = "its length was changed"

    public var description: String { rawValue }
}
