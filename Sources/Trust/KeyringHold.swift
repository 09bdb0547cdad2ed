import Files
import FoundationEssentials
import Glibc

/// Keeps a keyring unchanged for as long as the value lives: whoever wants to change it waits.
///
/// ```swift
/// let hold = try KeyringHold(workspace.keyringDirectory)
/// guard try workspace.keyring().keys.contains(where: { $0.id == key && $0.state.verifies }) else { return }
/// ```
public struct KeyringHold: ~Copyable {
    private let directory: String
    private let lock: FileLock

    /// - Throws: ``TrustError/keyringBusy(directory:)`` when others hold it for too long.
    public init(_ directory: String) throws(TrustError) {
        try self.init(directory, patience: Keyring.standardPatience)
    }

    /// - Parameter patience: how long to wait for others.
    init(_ directory: String, patience: Duration) throws(TrustError) {
        self.directory = directory
        do throws(FileError) {
            lock = try FileLock(directory + "/.lock", O_RDWR | O_CREAT | O_NOFOLLOW, .exclusive, patience: patience)
        } catch {
            throw error.errno == EWOULDBLOCK ? .keyringBusy(directory: directory) : .file(error)
        }
    }

    /// Removes what writers that were killed left behind. Such a file may hold a private key. Only the holder can tell
    /// that nobody is writing it.
    borrowing func removeTemporaries() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        where name.contains(".tmp-") { unlink(directory + "/" + name) }
    }
}
