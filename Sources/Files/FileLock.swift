import Glibc

/// A lock on a file or a directory. The system releases it when the process ends, however it ends (flock(2)).
package final class FileLock: Sendable {
    package enum Kind: Sendable {
        case shared
        case exclusive
    }

    private let descriptor: CInt

    /// - Parameters:
    ///   - flags: those of open(2). Where nobody can write, a file to be created is opened for reading if it is there.
    ///   - patience: how long to wait for others; nil for as long as it takes.
    /// - Throws: a ``FileError`` with the number `EWOULDBLOCK` when they still hold it.
    package init(_ path: String, _ flags: CInt, _ kind: Kind, patience: Duration? = nil) throws(FileError) {
        var descriptor = open(path, flags | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EROFS { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
        let end = patience.map { ContinuousClock.now.advanced(by: $0) }
        let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (end == nil ? 0 : LOCK_NB)
        while flock(descriptor, operation) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK where ContinuousClock.now < end!: usleep(20_000)
            default: throw FileError("lock", path, errno: errno)
            }
        }
    }

    deinit {
        if descriptor >= 0 { unlockAndClose(descriptor) }
    }

    /// Whether somebody holds a lock on what has that name.
    package static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { unlockAndClose(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}

/// Releases the lock on a file, and closes it.
///
/// Closing it is not enough: a child process that was just forked has it open until it calls exec, and the lock ends
/// when the last copy is closed. Unlocking one copy unlocks all (flock(2)).
package func unlockAndClose(_ descriptor: CInt) {
    flock(descriptor, LOCK_UN)
    close(descriptor)
}
