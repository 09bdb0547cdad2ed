import Glibc

/// A system call on a file failed.
public struct FileError: Error, Hashable, Sendable {
    public let path: String
    /// What was to be done, as a verb: "open", "create a file in".
    public let operation: String
    public let errno: Int32

    public init(path: String, operation: String, errno: Int32) {
        self.path = path
        self.operation = operation
        self.errno = errno
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "can't \(operation) \(path): \(systemErrorMessage(errno))" }
}

/// The text of an `errno`, in the C locale.
package func systemErrorMessage(_ errno: Int32) -> String { String(cString: strerror(errno)) }
