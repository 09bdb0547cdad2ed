import Cryptography
import FoundationEssentials
import Glibc

/// The lock of a keyring's writers. The kernel lets go of it when the process ends, however it ends.
struct KeyringLock: ~Copyable {
    private let descriptor: Int32

    /// - Parameter patience: how long it waits for others to let go.
    init(directory: String, patience: Duration) throws(TrustError) {
        let path = directory + "/.lock"
        var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // Keys may lie where nobody can write, and links be minted with them.
        if descriptor < 0, errno == EROFS { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .cryptography(.file(path: path, operation: "open", errno: errno)) }
        let end = ContinuousClock.now.advanced(by: patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let error = errno
            switch error {
            case EINTR: continue
            case EWOULDBLOCK where ContinuousClock.now < end: usleep(20_000)
            default:
                close(descriptor)
                if error == EWOULDBLOCK { throw .keyringBusy(directory: directory) }
                throw .cryptography(.file(path: path, operation: "lock", errno: error))
            }
        }
        self.descriptor = descriptor
    }

    deinit { unlockAndClose(descriptor) }

    /// Removes what writers that were killed left behind. Such a file may hold a private key. Only the holder of the
    /// lock can tell that nobody is writing it.
    func removeTemporaries(in directory: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        where name.contains(".tmp-") { unlink(directory + "/" + name) }
    }
}

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }
