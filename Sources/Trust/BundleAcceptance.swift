import Cryptography
import LinkToken

/// What an edge has accepted so far, and so what it accepts next.
///
/// It trusts the root key that signed the last bundle and the next one that this bundle introduced. A bundle must not
/// be older than the last, nor be another of the same sequence: whoever controls the way to an edge can keep bundles
/// from it, but can't take it back ("rollback attack", TUF §5.3).
public struct BundleAcceptance: Sendable {
    /// The root key that the edge was started with.
    public let pinned: PublicKey
    /// The root keys that may sign the next bundle: that of the last one first.
    public private(set) var roots: [PublicKey]
    /// The sequence of the last bundle; 0 before the first.
    public private(set) var sequence: UInt64
    /// Of the last bundle.
    private var digest: Digest?

    /// Nothing was accepted yet.
    public init(pinned: PublicKey) {
        self.pinned = pinned
        roots = [pinned]
        sequence = 0
    }

    init(pinned: PublicKey, roots: [PublicKey], sequence: UInt64, bytes: Span<UInt8>) {
        self.pinned = pinned
        self.roots = roots
        self.sequence = sequence
        digest = Digest(bytes)
    }

    /// Accepts a bundle, unless it is the last one again.
    ///
    /// - Returns: the bundle and what the edge has accepted with it, which must be durable before the bundle is used;
    ///   nil when it is the last one.
    /// - Throws: ``TrustError/bundleRollback(sequence:accepted:)``, ``TrustError/bundleEquivocation(sequence:)``, and
    ///   what ``VerifiedBundle/init(opening:roots:)`` throws.
    public func accepting(
        _ bytes: Span<UInt8>
    ) throws(TrustError) -> (bundle: VerifiedBundle, acceptance: BundleAcceptance)? {
        guard bytes.count <= VerifiedBundle.byteCountLimit else {
            throw .bundleTooLarge(limit: VerifiedBundle.byteCountLimit)
        }
        let digest = Digest(bytes)
        if digest == self.digest { return nil }
        let verified = try VerifiedBundle(opening: bytes, roots: roots)
        let found = verified.bundle.sequence
        guard found >= sequence else { throw .bundleRollback(sequence: found, accepted: sequence) }
        guard found > sequence else { throw .bundleEquivocation(sequence: found) }
        var next = self
        next.roots = [verified.root] + (verified.bundle.nextRoot.map { [$0] } ?? [])
        next.sequence = found
        next.digest = digest
        return (verified, next)
    }

    /// A SHA-256 that can be compared.
    private struct Digest: Hashable, Sendable {
        private let words: [UInt8]

        init(_ bytes: Span<UInt8>) {
            let digest = SHA256.hash(bytes)
            words = (0..<32).map { digest[$0] }
        }
    }
}
