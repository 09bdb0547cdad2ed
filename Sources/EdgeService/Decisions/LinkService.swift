import BundleFollowing
import Consumption
import Cryptography
import Encoding
import HTTPServer
import LinkToken
import Trust

/// The verbs of the edge: values in, values or a refusal out. It knows no HTTP.
struct LinkService: Sendable {
    let trust: CurrentTrust
    let store: any ConsumptionStore
    let sessions: SessionKeyring
    /// For distributions that no bundle names.
    let defaultSurveyURL: SurveyURLTemplate?
    /// Seconds past the bundle's due time during which it is still used.
    let trustGrace: UInt32
    /// Whether a link's bare token is let in, and not only the session of its start.
    let acceptsTokens: Bool
    let cache: SignatureCache
    let limiter: ForgeryLimiter
    /// Seconds of a clock that only goes forward.
    let uptime: @Sendable () -> Double
    let clock: @Sendable () -> UnixTime

    // MARK: Verifying

    /// A link whose signature is good, whatever its age and its data.
    private func authenticate(
        _ text: String, for client: ClientAddress?, purpose: LinkPurpose = .opening
    ) async throws(Refusal) -> (VerifiedLink, VerifiedBundle, UnixTime) {
        let now = clock()
        let snapshot = trust.snapshot
        guard snapshot.bundle.bundle.freshness(at: now, grace: trustGrace).isUsable else {
            throw Refusal(.unavailable(.trustTooOld))
        }
        let permit = CheckPermit(limiter: limiter, client: client, uptime: uptime)
        let link = try await cache.authenticate(text, against: snapshot, for: purpose, permit: permit)
        return (link, snapshot.bundle, now)
    }

    private func genuine(
        _ link: VerifiedLink, _ bundle: VerifiedBundle, _ now: UnixTime, _ data: LinkData
    ) throws(Refusal) -> GenuineLink {
        do {
            return try GenuineLink(link, of: bundle, data: data, defaultSurvey: defaultSurveyURL, at: now)
        } catch {
            throw Refusal(error, link.nonce)
        }
    }

    /// Checks signature, keys, revocation and embedded data.
    ///
    /// - Parameter client: who asks, to be slowed down if its links are forged; nil for nobody.
    func genuineLink(_ text: String, data: LinkData, for client: ClientAddress?) async throws(Refusal) -> GenuineLink {
        let (link, bundle, now) = try await authenticate(text, for: client)
        return try genuine(link, bundle, now, data)
    }

    /// Makes every check that needs no state.
    func verify(_ text: String, data: LinkData, for client: ClientAddress?) async throws(Refusal) -> GenuineLink {
        let genuine = try await genuineLink(text, data: data, for: client)
        do {
            try genuine.link.checkExpiry(at: genuine.checkedAt)
        } catch {
            throw Refusal(error, genuine.link.nonce)
        }
        return genuine
    }

    // MARK: Looking

    /// Finds out what starting a link would lead to now, and consumes nothing.
    ///
    /// - Returns: when its survey was started; nil if it can be started now.
    /// - Throws: ``Refusal/Reason/start(_:)`` if it can neither be started nor resumed.
    func look(at genuine: GenuineLink) async throws(Refusal) -> UnixTime? {
        let nonce = genuine.link.nonce
        switch try await state(of: nonce).start(at: genuine.checkedAt, terms: genuine.startTerms).outcome {
        case .started: return nil
        case .resumed(let start): return start
        case .refused(let refusal): throw Refusal(.start(refusal), nonce)
        }
    }

    /// Test links are recorded nowhere, and are unused whenever they are opened.
    private func state(of nonce: Nonce) async throws(Refusal) -> LinkState {
        if nonce.serial.isForTesting { return .unused }
        do {
            return try await store.state(of: nonce)
        } catch {
            throw Refusal(.unavailable(.log(error)), nonce)
        }
    }

    // MARK: Starting

    struct Start: Sendable {
        /// ``Outcome/started`` or ``Outcome/resumed``.
        let outcome: Outcome
        let startedAt: UnixTime
        let session: String
    }

    /// Starts a survey or resumes it.
    ///
    /// - Parameter details: what is recorded of the start if the survey begins now.
    func start(_ genuine: GenuineLink, details: StartDetails) async throws(Refusal) -> Start {
        let nonce = genuine.link.nonce
        // The requests that arrived with this one are looked at first, so that their starts share a sync.
        await Task.yield()
        let decision: StartOutcome
        do {
            decision =
                nonce.serial.isForTesting
                ? LinkState.unused.start(at: genuine.checkedAt, terms: genuine.startTerms).outcome
                : try await store.start(nonce, at: genuine.checkedAt, details: details, terms: genuine.startTerms)
        } catch {
            throw Refusal(.unavailable(.log(error)), nonce)
        }
        let (outcome, startedAt): (Outcome, UnixTime)
        switch decision {
        case .started(let time): (outcome, startedAt) = (.started, time)
        case .resumed(let time): (outcome, startedAt) = (.resumed, time)
        case .refused(let refusal): throw Refusal(.start(refusal), nonce)
        }
        do {
            let session = try sessions.issue(
                SessionReceipt(nonce: nonce, startedAt: startedAt, epoch: genuine.link.claims.epoch))
            return Start(outcome: outcome, startedAt: startedAt, session: session)
        } catch {
            throw Refusal(.unavailable(.cryptography), nonce)
        }
    }

    // MARK: Finishing

    struct Finish: Sendable {
        let nonce: Nonce
        /// ``Outcome/finished`` or ``Outcome/alreadyFinished``.
        let outcome: Outcome
        let startedAt: UnixTime
    }

    /// Ends a started survey. Neither expiry, data nor the retirement of its key stand in its way: that a response was
    /// finished is a fact.
    ///
    /// The token of a link that was deleted or revoked is refused, since links are withdrawn when they got into the wrong
    /// hands. Its session, which only whoever started the survey was given, is not. The session of a use that was undone
    /// because the link was reopened since finishes nothing: the next use is another response.
    func finish(_ credential: Credential, for client: ClientAddress?) async throws(Refusal) -> Finish {
        let nonce: Nonce
        var startedAt = clock()
        switch credential {
        case .token(let text): nonce = try await authenticate(text, for: client, purpose: .reporting).0.nonce
        case .session(let text):
            let receipt = try receipt(text)
            (nonce, startedAt) = (receipt.nonce, receipt.startedAt)
            if isUndone(receipt) { return Finish(nonce: nonce, outcome: .alreadyFinished, startedAt: startedAt) }
        }
        if nonce.serial.isForTesting { return Finish(nonce: nonce, outcome: .finished, startedAt: startedAt) }
        let decision: FinishOutcome
        do {
            decision = try await store.finish(nonce, at: clock())
        } catch {
            throw Refusal(.unavailable(.log(error)), nonce)
        }
        switch decision {
        case .finished(let start): return Finish(nonce: nonce, outcome: .finished, startedAt: start)
        case .alreadyFinished(let start): return Finish(nonce: nonce, outcome: .alreadyFinished, startedAt: start)
        case .notStarted: throw Refusal(.notStarted, nonce)
        }
    }

    /// Whether a session belongs to a use that began before its link was reopened.
    private func isUndone(_ receipt: SessionReceipt) -> Bool {
        let changes = trust.bundle.changes(of: receipt.nonce.distribution)
        return LinkState.started(at: receipt.startedAt)
            .isUndone(byReopeningAt: changes.links[receipt.nonce.serial]?.reopenedAt)
    }

    /// The receipt that a session is the text of.
    func receipt(_ text: String) throws(Refusal) -> SessionReceipt {
        do {
            return try sessions.verify(text)
        } catch {
            throw Refusal(.session(error))
        }
    }

    // MARK: Letting in

    /// Who is let in: for a proxy that asks before it forwards.
    struct Admission: Sendable {
        let nonce: Nonce
        let startedAt: UnixTime?
        /// Nil for a session, which does not say whose it is.
        let genuine: GenuineLink?
    }

    /// Whether the bearer may see the survey: with a session whose survey may still be answered, or, where tokens are
    /// accepted, with a link that could be started or resumed.
    ///
    /// - Parameter queries: the parameters of the original request, as each proxy tells them. A link's data is checked
    ///   where any of it is among them; a page behind the first one has other parameters.
    func admit(
        _ credential: Credential, queries: [QueryString], for client: ClientAddress?
    ) async throws(Refusal) -> Admission {
        switch credential {
        case .token(let text):
            guard acceptsTokens else { throw Refusal(.request(.tokenNotAccepted)) }
            let (link, bundle, now) = try await authenticate(text, for: client)
            let unaccompanied = try genuine(link, bundle, now, .none)
            let names = unaccompanied.distribution?.embeddedData.inLinkFields ?? []
            for query in queries where query.parameters.contains(where: { names.contains($0.name) }) {
                _ = try genuine(link, bundle, now, .query(query))
            }
            return Admission(
                nonce: link.nonce, startedAt: try await look(at: unaccompanied), genuine: unaccompanied)
        case .session(let text):
            let receipt = try receipt(text)
            let now = clock()
            let distribution = trust.bundle.distribution(receipt.nonce.distribution)
            do {
                try (distribution?.changes ?? .none).check(receipt.nonce, epoch: receipt.epoch)
            } catch {
                throw Refusal(.link(error), receipt.nonce)
            }
            guard !isUndone(receipt) else { throw Refusal(.notStarted, receipt.nonce) }
            let state: LinkState =
                receipt.nonce.serial.isForTesting
                ? .started(at: receipt.startedAt) : try await state(of: receipt.nonce)
            switch state {
            case .unused: throw Refusal(.notStarted, receipt.nonce)
            case .finished: throw Refusal(.start(.alreadyFinished), receipt.nonce)
            case .started(let start):
                // A session that was begun goes on even where none may be taken up again.
                let resume = distribution?.resume ?? .standard
                guard resume == .never || LinkState.started(at: start).isResumable(under: resume, at: now) else {
                    throw Refusal(.start(.incompleteWindowOver), receipt.nonce)
                }
                return Admission(nonce: receipt.nonce, startedAt: start, genuine: nil)
            }
        }
    }
}
