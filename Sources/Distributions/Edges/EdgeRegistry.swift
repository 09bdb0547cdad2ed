import Cryptography
import Files
import Glibc
import LinkToken

/// The edges on other machines whose logs are counted together with the workspace's own.
///
/// | path below `linkseal-data/edges/NAME/` | what it is |
/// | --- | --- |
/// | `edge.json` | ``RemoteEdge`` |
/// | `key` | what the edge knows the admin by, 0600 |
/// | `fetched.log` | the copy of its log |
/// | `fetched-1.log`, … | copies of logs that were replaced on the edge by others which lack some of their links |
/// | `incoming.log` | a log that is fetched from the beginning, until it is complete |
/// | `standing.json` | ``EdgeStanding`` |
///
/// An edge's directory appears and disappears as a whole.
public struct EdgeRegistry: Hashable, Sendable {
    let workspace: Workspace
    private var directory: String { workspace.dataDirectory + "/edges" }

    /// The edges by name.
    public func all() throws(DistributionsError) -> [RemoteEdge] {
        var edges: [RemoteEdge] = []
        for name in try names(in: directory) where !name.hasPrefix(".") { edges.append(try edge(named: name)) }
        return edges
    }

    /// - Throws: ``DistributionsError/notFound(what:name:)``.
    public func edge(named name: String) throws(DistributionsError) -> RemoteEdge {
        guard Self.isName(name), access(path(of: name), F_OK) == 0 else { throw .notFound(what: "edge", name: name) }
        return try StoredDocument.read(recordPath(of: name))
    }

    /// Registers an edge. Its log is counted once it was fetched.
    ///
    /// - Throws: ``DistributionsError/exists(what:name:)``, and ``DistributionsError/invalid(what:value:expected:)`` for a
    ///   name that can't be a file's.
    public func add(_ edge: RemoteEdge, key: BearerKey) throws(DistributionsError) {
        guard Self.isName(edge.name) else {
            throw .invalid(
                what: "name", value: edge.name,
                expected: "up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first")
        }
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        try makeDirectory(directory)
        for name in try names(in: directory) where name.hasPrefix(".") { try removeTree(directory + "/" + name) }
        let draft = directory + "/.new"
        try makeDirectory(draft)
        try StoredDocument.write(edge, to: draft + "/edge.json")
        do {
            try key.write(to: draft + "/key")
        } catch {
            throw .cryptography(reason: "\(error)")
        }
        guard Glibc.rename(draft, path(of: edge.name)) == 0 else {
            // A directory that is not empty is not replaced (rename(2)).
            if errno == ENOTEMPTY || errno == EEXIST { throw .exists(what: "edge", name: edge.name) }
            throw .file(FileError("create", path(of: edge.name), errno: errno))
        }
        try syncDirectory(directory)
    }

    /// Forgets an edge and what was fetched of it.
    public func remove(_ name: String) throws(DistributionsError) {
        _ = try edge(named: name)
        let locks = (try workspace.lock(), try lock(name))
        defer { withExtendedLifetime(locks) {} }
        let removed = directory + "/.removed"
        try removeTree(removed)
        guard Glibc.rename(path(of: name), removed) == 0 else {
            throw .file(FileError("remove", path(of: name), errno: errno))
        }
        try syncDirectory(directory)
        try removeTree(removed)
    }

    /// Has an edge asked no more. What was fetched of it still counts.
    public func retire(_ name: String) throws(DistributionsError) -> RemoteEdge {
        var edge = try edge(named: name)
        let lock = try lock(name)
        defer { withExtendedLifetime(lock) {} }
        edge.isRetired = true
        try StoredDocument.write(edge, to: recordPath(of: name))
        return edge
    }

    public func key(of edge: RemoteEdge) throws(DistributionsError) -> BearerKey {
        do {
            return try BearerKey(contentsOf: path(of: edge.name) + "/key")
        } catch {
            throw .cryptography(reason: "\(error)")
        }
    }

    public func standing(of edge: RemoteEdge) throws(DistributionsError) -> EdgeStanding {
        guard access(standingPath(of: edge.name), F_OK) == 0 else { return EdgeStanding() }
        return try StoredDocument.read(standingPath(of: edge.name))
    }

    /// The edges that are asked and of which nothing newer than an hour is known: people may have answered there since.
    public func outdated(at now: UnixTime) throws(DistributionsError) -> [RemoteEdge] {
        var outdated: [RemoteEdge] = []
        for edge in try all() where !edge.isRetired {
            if try standing(of: edge).isOutdated(at: now) { outdated.append(edge) }
        }
        return outdated
    }

    /// The logs that were fetched, to be counted.
    public func logs() throws(DistributionsError) -> [String] {
        var logs: [String] = []
        for edge in try all() { logs += try self.logs(of: edge.name) }
        return logs
    }

    // MARK: Files

    func path(of name: String) -> String { directory + "/" + name }
    func standingPath(of name: String) -> String { path(of: name) + "/standing.json" }
    private func recordPath(of name: String) -> String { path(of: name) + "/edge.json" }

    func logs(of name: String) throws(DistributionsError) -> [String] {
        try names(in: path(of: name)).filter { $0.hasPrefix("fetched") && $0.hasSuffix(".log") }
            .map { path(of: name) + "/" + $0 }
    }

    /// Held by whoever changes what is known of an edge.
    func lock(_ name: String) throws(DistributionsError) -> FileLock {
        try FileLock.acquired(path(of: name), O_RDONLY | O_DIRECTORY, .exclusive, patience: .seconds(5))
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isAlphanumeric(first) && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }
}
