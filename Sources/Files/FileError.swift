import Glibc

/// A system call on a file failed.
public struct FileError: Error, Hashable, Sendable {
    /// What was to be done, as a verb: "open", "create a file in".
    public let operation: String
    public let path: String
    /// The POSIX error number.
    public let errno: Int32

    public init(_ operation: String, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }
}

extension FileError: CustomStringConvertible {
    /// "can't write /data/consumption.log: No space left on device".
    public var description: String {
        // A file system whose inodes are used up says the same as a full one, which `df` alone does not explain.
        let hint = errno == ENOSPC ? " (see `df` and, for inodes, `df -i`)" : ""
        return "can't \(operation) \(path): \(systemErrorMessage(errno))\(hint)"
    }
}

/// The text of an `errno`, in the C locale.
package func systemErrorMessage(_ errno: Int32) -> String { String(cString: strerror(errno)) }
