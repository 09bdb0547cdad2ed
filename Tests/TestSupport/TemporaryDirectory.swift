import Foundation

/// A directory that is removed with its owner.
public final class TemporaryDirectory: Sendable {
    public let root: String

    public init() {
        root = FileManager.default.temporaryDirectory.appending(path: "linkseal-test-\(UUID())").path
        try! FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    public func path(_ name: String) -> String { root + "/" + name }

    /// Of what is in it.
    public var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: root).sorted()) ?? [] }

    /// Replaces the file in one step, and gives its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)), options: .atomic)
        return path(name)
    }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    public func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }
}

/// A program that was built beside the tests.
public func builtProgram(_ name: String) -> String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
}

/// How often this process has a file open: who waits for a lock on it has, before it can get it.
public func openCount(of path: String) -> Int {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return numbers.count {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
    }
}
