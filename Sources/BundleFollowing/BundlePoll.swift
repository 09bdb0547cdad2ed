import Cryptography
import Files
import NIOPosix
import Trust

/// One edge's side of following a source: what it has accepted, where it records that, and what it saw last.
struct BundlePoll: Sendable {
    private(set) var acceptance: BundleAcceptance
    private let record: AcceptedBundleFile
    private var fetcher: BundleFetcher

    init(_ acceptance: BundleAcceptance, record: AcceptedBundleFile, fetcher: BundleFetcher) {
        self.acceptance = acceptance
        self.record = record
        self.fetcher = fetcher
    }

    enum Outcome {
        /// A bundle to put in force. It is recorded.
        case accepted(VerifiedBundle)
        /// The source gives the bundle in force.
        case confirmed
        /// The source still gives what was refused.
        case nothingNew
    }

    /// Looks at the source once.
    mutating func callAsFunction() async throws(BundleRefusal) -> Outcome {
        let bytes: [UInt8]
        switch try await fetcher.fetch() {
        case .asAccepted: return .confirmed
        case .asRefused: return .nothingNew
        case .bytes(let fetched): bytes = fetched
        }
        do {
            let accepted = try await Self.accept(bytes, acceptance, record)
            fetcher.note(accepted: true)
            guard let accepted else { return .confirmed }
            acceptance = accepted.acceptance
            return .accepted(accepted.bundle)
        } catch {
            if case .bundle = error { fetcher.note(accepted: false) } else { fetcher.forget() }
            throw error
        }
    }

    private typealias Accepted = (bundle: VerifiedBundle, acceptance: BundleAcceptance)

    /// Checking a large bundle takes a quarter of a second and recording it waits for a disk: neither may hold up the
    /// threads that serve requests.
    private static func accept(
        _ bytes: [UInt8], _ acceptance: BundleAcceptance, _ record: AcceptedBundleFile
    ) async throws(BundleRefusal) -> Accepted? {
        let result = try? await NIOThreadPool.singleton.runIfActive { () -> Result<Accepted?, BundleRefusal> in
            do throws(TrustError) {
                guard let accepted = try acceptance.accepting(bytes.span) else { return .success(nil) }
                do throws(FileError) {
                    try record.write(accepted.acceptance, bundle: bytes.span)
                } catch {
                    return .failure(.unrecorded(error))
                }
                return .success(accepted)
            } catch {
                return .failure(.bundle(error))
            }
        }
        // The pool of the process stops with the process.
        guard let result else { throw .unreachable(reason: "the edge is shutting down") }
        return try result.get()
    }
}

/// When to poll next: a little before the interval is over, at random, so that edges that were started together don't all
/// poll together.
///
/// It is the same while polls fail. A poll that fails costs a server no more than one that succeeds, and as soon as the
/// source is back, what is published is in force within the interval again.
struct PollSchedule: Sendable {
    /// The longest time between two polls.
    let seconds: Double

    /// - Parameter chance: from 0 to 1.
    func delay(chance: Double) -> Duration { .seconds(seconds * (0.8 + 0.2 * chance)) }
}
