import Files
import Glibc

/// The directory in which an admin works: keys, contact lists, distributions, the last bundle and the log.
///
/// | path | what it is |
/// | --- | --- |
/// | `keys/` | the keyring |
/// | `linkseal-data/contacts/` | contact lists: ``ContactLibrary`` |
/// | `linkseal-data/distributions/ID/manifest.json` | what a distribution is, and how many contacts it has |
/// | `linkseal-data/distributions/ID/contacts-0-999.csv` | the contacts with these serials, a row each; those that were added later are in more such files |
/// | `linkseal-data/distributions/ID/contacts-0-999.index` | keyed hashes of their IDs and e-mail addresses; made anew if it is missing |
/// | `linkseal-data/distributions/ID/salt` | the secret that seals their embedded data |
/// | `linkseal-data/defaults.json` | what new links have in common: ``LinkDefaults`` |
/// | `linkseal-data/bundle.json` | the last trust bundle |
/// | `linkseal-data/consumption.log` | what links were used for |
/// | `linkseal-data/edges/` | edges on other machines and what was fetched of their logs: ``EdgeRegistry`` |
///
/// Files with personal data are 0600. Each is put in place complete and durable, so a process that is killed at any
/// moment leaves only whole lists and whole distributions. Links are never stored.
public struct Workspace: Hashable, Sendable {
    public let root: String
    /// How long a change waits for those of other processes before it is refused as ``DistributionsError/busy``; nil for
    /// as long as it takes.
    public var patience: Duration?

    public var keyringDirectory: String { root + "/keys" }
    public var dataDirectory: String { root + "/linkseal-data" }
    public var bundlePath: String { dataDirectory + "/bundle.json" }
    public var consumptionLogPath: String { dataDirectory + "/consumption.log" }
    public var contacts: ContactLibrary { ContactLibrary(workspace: self) }
    public var distributions: DistributionLibrary { DistributionLibrary(workspace: self) }
    public var edges: EdgeRegistry { EdgeRegistry(workspace: self) }

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

    /// Makes a workspace, without a keyring, or completes one that was begun. The first bundle is written last.
    ///
    /// - Throws: ``DistributionsError/exists(what:name:)`` when there is one in that directory, or a keyring without one:
    ///   what was done with its keys is elsewhere.
    public static func create(in root: String) throws(DistributionsError) -> Workspace {
        let workspace = Workspace(root: root)
        let isBegun = access(workspace.dataDirectory, F_OK) == 0
        guard !isBegun || workspace.isUnfinished else { throw .exists(what: "workspace", name: root) }
        // The first bundle, of a workspace that was cut short, may have been given its sequence.
        if let keyring = try? workspace.keyring(), !isBegun || keyring.sequence > 1 {
            throw .exists(what: "keyring", name: workspace.keyringDirectory)
        }
        try makeDirectory(workspace.contacts.directory)
        try makeDirectory(workspace.distributions.directory)
        return workspace
    }

    private var isUnfinished: Bool {
        access(bundlePath, F_OK) != 0 && (try? names(in: distributions.directory)) == []
    }

    /// - Parameters:
    ///   - name: the name of a list or a distribution.
    ///   - what: what else has to be one line.
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for what can't be the name of a list or a
    ///   distribution. Names appear in pages and file names; those of distributions also in the trust bundle.
    public static func checkName(_ name: String, of what: String = "name") throws(DistributionsError) {
        let isPlain = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !name.isEmpty, name.utf8.count <= 1000, isPlain else {
            throw .invalid(
                what: what, value: String(name.prefix(100)),
                expected: "some words without line breaks, up to 1000 bytes")
        }
    }

    /// Waits until no other process writes, removes what killed ones left behind, and keeps others out until the
    /// result is let go. It is held while files change their names, and not for the minutes in which they are written.
    func lock() throws(DistributionsError) -> FileLock {
        let lock = try FileLock.acquired(
            dataDirectory + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW, .exclusive, patience: patience)
        try contacts.removeLeftovers()
        try distributions.removeLeftovers()
        return lock
    }

    /// Held by whoever takes contacts into a list or a distribution, or erases some. Several may take in at a time; an
    /// erasure is alone, since it would miss the contacts that are on their way. It is taken before the lock.
    func contactLock(_ kind: FileLock.Kind) throws(DistributionsError) -> FileLock {
        try FileLock.acquired(dataDirectory, O_RDONLY | O_DIRECTORY, kind, patience: patience)
    }
}
