import AsyncHTTPClient
import Cryptography
import Fetching
import Glibc
import LinkToken
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import Trust

/// Keeps an edge's trust up to date from a file or a URL.
///
/// ```swift
/// let follower = try await BundleFollower.open(
///     BundleSource("https://trust.example/bundle.linkseal"), pinned: PublicKey(contentsOf: "root.pub.pem"),
///     record: "consumption.log.trust", logger: logger)
/// let edge = Edge(trust: follower.trust, …)
/// try await ServiceGroup(services: [follower, edge], logger: logger).run()
/// ```
///
/// A bundle is put in force after its signature was checked, it was found to be no older than any before, and that was
/// recorded durably. What is refused is logged and counted, and the last good bundle stays in force. A record also lets
/// the edge start where the source can't be reached.
public final class BundleFollower: Service {
    /// The bundle in force.
    public let trust: CurrentTrust
    private let state: Mutex<BundleStatus>
    /// The bundle that was in force before. Letting a large one go takes milliseconds, which must not fall to the request
    /// that happens to hold it last; so it is kept until that request is over.
    private let former = Mutex<VerifiedBundle?>(nil)
    /// What the log was told last.
    private let reported = Mutex(BundleFreshness.current)
    private let poll: BundlePoll
    private let preparesKeys: Bool
    private let schedule: PollSchedule
    private let clock: @Sendable () -> UnixTime
    private let logger: Logger

    /// Which bundle is in force, and why the last poll failed if it did.
    public var status: BundleStatus { state.withLock { $0 } }

    /// Gets the first bundle: from the source, or else from the record.
    ///
    /// - Parameters:
    ///   - source: the file or URL of the bundle.
    ///   - pinned: the root key whose bundles are trusted.
    ///   - path: where the edge records what it has accepted, beside its consumption log.
    ///   - interval: the maximum number of seconds between two polls; ``BundleSource/standardInterval`` by default.
    ///   - preparesKeys: whether to make tables for the bundle's keys (`VerifiedBundle.prepareKeys()`).
    ///   - client: the HTTP client for a URL.
    ///   - clock: the wall clock.
    ///   - logger: reports accepted and refused bundles.
    /// - Throws: ``BundleRefusal`` if neither has a bundle or the record is damaged.
    public static func open(
        _ source: BundleSource, pinned: PublicKey, record path: String, interval: UInt32? = nil,
        preparesKeys: Bool = true, client: HTTPClient = FetchClient.system,
        clock: @escaping @Sendable () -> UnixTime = { .now },
        logger: Logger
    ) async throws(BundleRefusal) -> BundleFollower {
        try await open(
            fetcher: BundleFetcher(source, client: client), pinned: pinned, record: AcceptedBundleFile(path),
            schedule: PollSchedule(seconds: Double(interval ?? source.standardInterval)), preparesKeys: preparesKeys,
            clock: clock, logger: logger)
    }

    static func open(
        fetcher: BundleFetcher, pinned: PublicKey, record: AcceptedBundleFile, schedule: PollSchedule,
        preparesKeys: Bool = true, clock: @escaping @Sendable () -> UnixTime, logger: Logger
    ) async throws(BundleRefusal) -> BundleFollower {
        let recorded: (acceptance: BundleAcceptance, bundle: VerifiedBundle?)
        do throws(TrustError) {
            recorded = try record.read(pinned: pinned)
        } catch {
            throw .bundle(error)
        }
        var poll = BundlePoll(recorded.acceptance, record: record, fetcher: fetcher)
        let first: VerifiedBundle
        var refusal: BundleRefusal?
        do throws(BundleRefusal) {
            switch (try await poll(), recorded.bundle) {
            case (.accepted(let bundle), _), (.confirmed, let bundle?): first = bundle
            case (.confirmed, nil), (.nothingNew, _):
                throw BundleRefusal.unreachable(reason: "the source has no bundle")
            }
        } catch {
            guard let bundle = recorded.bundle else { throw error }
            first = bundle
            refusal = error
        }
        var status = BundleStatus(first, isFromRecord: refusal != nil)
        if let refusal { status.refuse(refusal) } else { status.accept(first, at: clock()) }
        let follower = BundleFollower(
            first, status, poll, schedule: schedule, preparesKeys: preparesKeys, clock: clock, logger: logger)
        follower.report(first, refusal: refusal)
        return follower
    }

    private init(
        _ bundle: VerifiedBundle, _ status: BundleStatus, _ poll: BundlePoll, schedule: PollSchedule,
        preparesKeys: Bool, clock: @escaping @Sendable () -> UnixTime, logger: Logger
    ) {
        trust = CurrentTrust(bundle)
        state = Mutex(status)
        self.poll = poll
        self.schedule = schedule
        self.preparesKeys = preparesKeys
        self.clock = clock
        self.logger = logger
    }

    /// Follows the source until it is cancelled or gracefully shut down.
    public func run() async {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    private func follow() async {
        var poll = poll
        await prepareKeys()
        while true {
            let delay = schedule.delay(chance: .random(in: 0...1))
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            await letFormerGo()
            await follow(&poll)
            reportFreshness()
        }
    }

    private func letFormerGo() async {
        guard former.withLock({ $0 != nil }) else { return }
        try? await NIOThreadPool.singleton.runIfActive { self.former.withLock { $0 = nil } }
    }

    /// The bundle is in force already: its revocations do not wait for tables.
    private func prepareKeys() async {
        guard preparesKeys else { return }
        let bundle = trust.bundle
        let before = bundle.preparedKeyCount
        try? await NIOThreadPool.singleton.runIfActive { bundle.prepareKeys() }
        let count = bundle.preparedKeyCount
        state.withLock { $0.preparedKeys = count }
        if count > before { logger.info("keys prepared for verifying", metadata: ["keys": "\(count)"]) }
    }

    private func follow(_ poll: inout BundlePoll) async {
        do throws(BundleRefusal) {
            switch try await poll() {
            case .accepted(let bundle):
                bundle.prepareKeys(like: trust.bundle)
                former.withLock { $0 = trust.bundle }
                trust.replace(with: bundle)
                state.withLock { $0.accept(bundle, at: clock()) }
                report(bundle, refusal: nil)
                await prepareKeys()
            case .confirmed:
                let wasRefused = status.lastRefusal != nil
                state.withLock { $0.confirm(at: clock()) }
                if wasRefused { logger.notice("the source of trust bundles gives the one in force again") }
            case .nothingNew: break
            }
        } catch {
            // A poll that is cut off by the end of the process says nothing of the source.
            guard !Task.isCancelled else { return }
            let isNew = status.lastRefusal != error
            state.withLock { $0.refuse(error) }
            log(error, level: isNew ? .warning : .debug)
        }
    }
}

// MARK: Log

extension BundleFollower {
    private func report(_ bundle: VerifiedBundle, refusal: BundleRefusal?) {
        if let refusal { log(refusal, level: .warning) }
        logger.notice(
            refusal == nil ? "trust bundle in force" : "trust bundle in force, from the record",
            metadata: [
                "sequence": .stringConvertible(bundle.bundle.sequence), "root": "\(bundle.root.id)",
                "keys": .stringConvertible(bundle.bundle.keys.count),
                "distributions": .stringConvertible(bundle.bundle.distributions.count),
                "next-update": "\(bundle.bundle.nextUpdate)",
            ])
        reportFreshness()
    }

    private func log(_ refusal: BundleRefusal, level: Logger.Level) {
        let message: Logger.Message =
            if case .bundle = refusal { "trust bundle refused: \(refusal)" } else { "\(refusal)" }
        logger.log(level: level, message, metadata: ["code": "\(refusal.code)"])
    }

    /// Logs it when it has changed.
    private func reportFreshness() {
        let freshness = trust.bundle.bundle.freshness(at: clock())
        let isNew = reported.withLock { (reported) in
            defer { reported = freshness }
            return reported != freshness
        }
        switch freshness {
        case _ where !isNew: break
        case .current: logger.notice("the trust bundle is current again")
        case .overdue(let time):
            logger.warning("the next trust bundle is overdue since \(time)", metadata: ["code": "bundle_overdue"])
        case .expired(let time):
            logger.error(
                "the trust bundle expired at \(time); no link is accepted until a newer one is published",
                metadata: ["code": "bundle_expired"])
        }
    }
}
