import Cryptography
import Glibc

/// A lock on a file or a directory. The system lets go of it when the process ends, however it does (flock(2)).
final class FileLock: Sendable {
    enum Kind: Sendable {
        case shared
        case exclusive
    }

    private let descriptor: CInt

    /// - Parameters:
    ///   - flags: those of open(2).
    ///   - patience: how long it waits for others to let go; nil for as long as it takes.
    /// - Throws: ``DistributionsError/busy`` when they have not.
    init(_ path: String, _ flags: CInt, _ kind: Kind, patience: Duration? = nil) throws(DistributionsError) {
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        let end = patience.map { ContinuousClock.now.advanced(by: $0) }
        let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (end == nil ? 0 : LOCK_NB)
        while flock(descriptor, operation) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK where ContinuousClock.now < end!: usleep(20_000)
            case EWOULDBLOCK: throw .busy
            default: throw .file(path: path, operation: "lock", errno: errno)
            }
        }
    }

    deinit {
        if descriptor >= 0 { unlockAndClose(descriptor) }
    }

    /// Whether somebody holds a lock on what has that name.
    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { unlockAndClose(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
