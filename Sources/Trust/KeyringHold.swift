/// Keeps a keyring as it is for as long as the value lives: who wants to change it waits.
///
/// ```swift
/// let hold = try KeyringHold(workspace.keyringDirectory)
/// guard try workspace.keyring().keys.contains(where: { $0.id == key && $0.state.verifies }) else { return }
/// ```
public struct KeyringHold: ~Copyable {
    private let lock: KeyringLock

    /// - Throws: ``TrustError/keyringBusy(directory:)`` when others do not let go of it.
    public init(_ directory: String) throws(TrustError) {
        lock = try KeyringLock(directory: directory, patience: Keyring.standardPatience)
    }
}
