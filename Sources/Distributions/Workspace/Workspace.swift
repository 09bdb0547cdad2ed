import Glibc

/// The directory in which an admin works: keys, contact lists, distributions, the last bundle and the log.
///
/// | path | what it is |
/// | --- | --- |
/// | `keys/` | the keyring |
/// | `linkseal-data/contacts/` | contact lists: ``ContactLibrary`` |
/// | `linkseal-data/distributions/ID/` | `manifest.json`, `contacts.csv` (row = serial) and `salt` of each distribution |
/// | `linkseal-data/bundle.json` | the last trust bundle |
/// | `linkseal-data/consumption.log` | what links were used for |
///
/// Files with personal data are 0600. Each is put in place complete and durable, so a process that is killed at any
/// moment leaves only whole lists and whole distributions. Links are never stored.
public struct Workspace: Hashable, Sendable {
    public let root: String

    public var keyringDirectory: String { root + "/keys" }
    public var dataDirectory: String { root + "/linkseal-data" }
    public var bundlePath: String { dataDirectory + "/bundle.json" }
    public var consumptionLogPath: String { dataDirectory + "/consumption.log" }
    public var contacts: ContactLibrary { ContactLibrary(workspace: self) }
    public var distributions: DistributionLibrary { DistributionLibrary(workspace: self) }

    /// Opens a workspace.
    ///
    /// - Throws: ``DistributionsError/notFound(what:name:)`` when there is none in that directory.
    public init(opening root: String) throws(DistributionsError) {
        self.root = root
        guard access(dataDirectory, F_OK) == 0 else { throw .notFound(what: "workspace", name: root) }
    }

    private init(root: String) {
        self.root = root
    }

    /// Makes a workspace, without a keyring.
    ///
    /// - Throws: ``DistributionsError/exists(what:name:)`` when there is one in that directory.
    public static func create(in root: String) throws(DistributionsError) -> Workspace {
        let workspace = Workspace(root: root)
        guard access(workspace.dataDirectory, F_OK) != 0 else { throw .exists(what: "workspace", name: root) }
        try makeDirectory(workspace.contacts.directory)
        try makeDirectory(workspace.distributions.directory)
        return workspace
    }

    /// Waits until no other process writes, removes what killed ones left behind, and keeps others out until the
    /// result is let go.
    func lock() throws(DistributionsError) -> WorkspaceLock {
        let lock = try WorkspaceLock(path: dataDirectory + "/lock")
        try contacts.removeLeftovers()
        try distributions.removeLeftovers()
        return lock
    }
}

/// Held by the one process that writes in a workspace. The system lets go of it when the process ends, however it does
/// (flock(2)).
final class WorkspaceLock: Sendable {
    private let descriptor: CInt

    init(path: String) throws(DistributionsError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .file(path: path, operation: "lock", errno: errno) }
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
