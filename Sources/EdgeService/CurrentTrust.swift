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
    /// A bundle and how many were in force before it.
    struct Term: Sendable {
        let bundle: VerifiedBundle
        /// Tells what was computed under another bundle from what was computed under this one.
        let generation: UInt64
    }

    private let box: Mutex<Term>

    public init(_ bundle: VerifiedBundle) {
        box = Mutex(Term(bundle: bundle, generation: 0))
    }

    /// The bundle in force.
    public var bundle: VerifiedBundle { term.bundle }

    var term: Term { box.withLock { $0 } }

    /// Puts a bundle in force. Whether it may follow the present one is for the caller to have checked.
    public func replace(with bundle: VerifiedBundle) {
        box.withLock { $0 = Term(bundle: bundle, generation: $0.generation + 1) }
    }
}
