import Glibc

/// A system call that failed.
public struct SystemFailure: Error, Hashable, Sendable {
    /// What was being done, as a verb: "sync".
    public let operation: String
    public let path: String
    /// The POSIX error number.
    public let errno: Int32

    package init(_ operation: String, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }
}

extension SystemFailure: CustomStringConvertible {
    /// "can't write /data/consumption.log: No space left on device".
    public var description: String {
        let reason = String(cString: strerror(errno))
        // A file system whose inodes are used up says the same as a full one, which `df` alone does not explain.
        let hint = errno == ENOSPC ? " (see `df` and, for inodes, `df -i`)" : ""
        return "can't \(operation) \(path): \(reason)\(hint)"
    }
}
