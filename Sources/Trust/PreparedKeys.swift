import Cryptography

/// The keys that links are verified with all the time, prepared for it.
extension VerifiedBundle {
    /// 16 keys, whose tables take 2.4 MB. A keyring in use has two or three that verify; the links of more are still good and
    /// only take longer.
    public static let preparedKeyLimit = 16

    /// Those with the newest links first.
    private var keysToPrepare: some Sequence<PublicKey> {
        let order: [KeyState] = [.signing, .pending, .verifying]
        return order.lazy.flatMap { (state) in self.bundle.keys.lazy.filter { $0.state == state } }
            .map(\.key).filter { $0.algorithm == .p256 }.prefix(Self.preparedKeyLimit)
    }

    /// Prepares them. It takes some 25 ms of processor time for each that is not prepared already, so it is not for a thread
    /// that serves requests. Links are verified meanwhile.
    public func prepareKeys() {
        for key in keysToPrepare { key.prepare() }
    }

    /// Takes over what was prepared for another bundle.
    public func prepareKeys(like former: VerifiedBundle) {
        for key in keysToPrepare {
            if case .verifying(let same) = former.key(key.id) { key.prepare(like: same) }
        }
    }

    /// How many are prepared.
    public var preparedKeyCount: Int { bundle.keys.count { $0.key.isPrepared } }
}
