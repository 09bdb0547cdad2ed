import Synchronization
import Trust

/// The trust bundle that is in force, read by every request and replaced while serving.
///
/// Replacing is one exchange of a reference: a request sees the old bundle or the new one, never a mixture, and keeps
/// what it began with. The lock is held for as long as it takes to retain the reference, so readers do not wait for
/// anything slow: a new bundle is verified before it is put here.
///
/// ```swift
/// let trust = CurrentTrust(try VerifiedBundle(opening: bytes, root: pinned))
/// trust.replace(with: newer)
/// ```
public final class CurrentTrust: Sendable {
    private let box: Mutex<TrustSnapshot>

    public init(_ bundle: VerifiedBundle) {
        box = Mutex(TrustSnapshot(bundle: bundle, generation: 0))
    }

    /// The bundle in force.
    public var bundle: VerifiedBundle { snapshot.bundle }

    package var snapshot: TrustSnapshot { box.withLock { $0 } }

    /// Puts a bundle in force. Whether it may follow the present one is for the caller to have checked.
    public func replace(with bundle: VerifiedBundle) {
        box.withLock { $0 = TrustSnapshot(bundle: bundle, generation: $0.generation + 1) }
    }
}

/// The trust bundle in force at one moment.
package struct TrustSnapshot: Sendable {
    package let bundle: VerifiedBundle
    /// How many bundles were in force before: tells what was computed under this one from what was computed under another.
    package let generation: UInt64
}
