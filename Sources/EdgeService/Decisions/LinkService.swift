import Consumption
import Cryptography
import Encoding
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

    /// A refusal, and the link that it is about where that is known by a good signature.
    struct Rejection: Error {
        let refusal: Refusal
        let nonce: Nonce?

        init(_ refusal: Refusal, _ nonce: Nonce? = nil) {
            self.refusal = refusal
            self.nonce = nonce
        }
    }

    // MARK: Verifying

    /// A link whose signature is good, whatever its age and its data.
    private func authenticate(
        _ text: String, for client: ClientAddress?, purpose: LinkPurpose = .opening
    ) async throws(Rejection) -> (VerifiedLink, VerifiedBundle, UnixTime) {
        let now = clock()
        let term = trust.term
        guard term.bundle.bundle.freshness(at: now, grace: trustGrace).isUsable else {
            throw Rejection(.unavailable(.trustTooOld))
        }
        do {
            let permit = CheckPermit(limiter: limiter, client: client, uptime: uptime)
            let link = try await cache.authenticate(text, against: term, for: purpose, permit: permit)
            return (link, term.bundle, now)
        } catch {
            throw Rejection(error)
        }
    }

    private func genuine(
        _ text: String, _ data: LinkData, _ client: ClientAddress?
    ) async throws(Rejection) -> (GenuineLink, UnixTime) {
        let (link, bundle, now) = try await authenticate(text, for: client)
        do {
            return (try GenuineLink(link, of: bundle, data: data, at: now), now)
        } catch {
            throw Rejection(Refusal(error), link.nonce)
        }
    }

    /// Makes every check that needs no state.
    ///
    /// - Parameter client: who asks, to be slowed down if its links are forged; nil for nobody.
    func verify(
        _ text: String, data: LinkData, for client: ClientAddress?
    ) async throws(Rejection) -> GenuineLink {
        let (genuine, now) = try await genuine(text, data, client)
        do {
            try genuine.link.checkExpiry(at: now)
        } catch {
            throw Rejection(Refusal(error), genuine.link.nonce)
        }
        return genuine
    }

    // MARK: Looking

    struct Look: Sendable {
        let genuine: GenuineLink
        let verdict: LinkVerdict
    }

    /// Finds out what opening a link would lead to, and consumes nothing.
    func look(at text: String, data: LinkData, for client: ClientAddress?) async throws(Rejection) -> Look {
        let (genuine, now) = try await genuine(text, data, client)
        let state = try await state(of: genuine.link.nonce)
        return Look(
            genuine: genuine, verdict: LinkVerdict(state, terms: genuine.startTerms(at: now), at: now))
    }

    private func state(of nonce: Nonce) async throws(Rejection) -> LinkState {
        do {
            return try await store.state(of: nonce)
        } catch {
            throw Rejection(.unavailable(.log(error)), nonce)
        }
    }

    // MARK: Starting

    struct Start: Sendable {
        let genuine: GenuineLink
        let startedAt: UnixTime
        /// False when it was started before and goes on.
        var isFirst: Bool { startedBy != nil }
        /// What began it now; nil when it was started before and goes on.
        let startedBy: UserAgentClass?
        let session: String
        /// Where the survey is, or nil when no template is known.
        let surveyURL: String?
    }

    /// Starts a survey or resumes it.
    ///
    /// - Parameters:
    ///   - agent: what asks for it, to be recorded with a first start.
    ///   - needsSurvey: whether a link without a survey to send to is refused, before anything is recorded.
    func start(
        _ text: String, data: LinkData, by agent: UserAgentClass, needsSurvey: Bool, for client: ClientAddress?
    ) async throws(Rejection) -> Start {
        let (genuine, now) = try await genuine(text, data, client)
        let nonce = genuine.link.nonce
        if needsSurvey, genuine.distribution == nil, defaultSurveyURL == nil {
            throw Rejection(.distributionUnknown(nonce.distribution), nonce)
        }
        // The requests that arrived with this one are looked at first, so that their starts share a sync.
        await Task.yield()
        let outcome: StartOutcome
        do {
            outcome = try await store.start(nonce, at: now, by: agent, terms: genuine.startTerms(at: now))
        } catch {
            throw Rejection(.unavailable(.log(error)), nonce)
        }
        let (startedAt, starter): (UnixTime, UserAgentClass?)
        switch outcome {
        case .started(let time): (startedAt, starter) = (time, agent)
        case .resumed(let time): (startedAt, starter) = (time, nil)
        case .refused(let refusal): throw Rejection(.start(refusal), nonce)
        }
        let session: String
        do {
            session = try sessions.issue(
                SessionReceipt(nonce: nonce, startedAt: startedAt, epoch: genuine.link.claims.epoch))
        } catch {
            throw Rejection(.unavailable(.cryptography), nonce)
        }
        return Start(
            genuine: genuine, startedAt: startedAt, startedBy: starter, session: session,
            surveyURL: genuine.surveyURL(session: session, template: defaultSurveyURL))
    }

    // MARK: Finishing

    struct Finish: Sendable {
        let nonce: Nonce
        let startedAt: UnixTime
        /// False when it was finished before.
        let isFirst: Bool
    }

    /// Ends a started survey. Neither expiry, data nor the retirement of its key stand in its way: that a response was
    /// finished is a fact.
    ///
    /// The token of a link that was deleted or revoked is refused, since links are withdrawn when they got into the wrong
    /// hands. Its session, which only whoever started the survey was given, is not.
    func finish(_ credential: Credential, for client: ClientAddress?) async throws(Rejection) -> Finish {
        let nonce: Nonce
        switch credential {
        case .token(let text): nonce = try await authenticate(text, for: client, purpose: .reporting).0.nonce
        case .session(let text): nonce = try receipt(text).nonce
        }
        do {
            switch try await store.finish(nonce, at: clock()) {
            case .finished(let start): return Finish(nonce: nonce, startedAt: start, isFirst: true)
            case .alreadyFinished(let start): return Finish(nonce: nonce, startedAt: start, isFirst: false)
            case .notStarted: throw Rejection(.notStarted, nonce)
            }
        } catch let error as ConsumptionError {
            throw Rejection(.unavailable(.log(error)), nonce)
        } catch let error as Rejection {
            throw error
        } catch {
            preconditionFailure("a store throws ConsumptionError alone")
        }
    }

    /// The receipt that a session is the text of.
    func receipt(_ text: String) throws(Rejection) -> SessionReceipt {
        do {
            return try sessions.verify(text)
        } catch {
            throw Rejection(.session(error))
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
    ) async throws(Rejection) -> Admission {
        switch credential {
        case .token(let text):
            guard acceptsTokens else { throw Rejection(.request(.tokenNotAccepted)) }
            let (link, bundle, now) = try await authenticate(text, for: client)
            let genuine = GenuineLink(unaccompanied: link, of: bundle)
            let names = genuine.distribution?.embeddedData.inLinkFields ?? []
            do throws(LinkRefusal) {
                for query in queries where query.parameters.contains(where: { names.contains($0.name) }) {
                    _ = try GenuineLink(link, of: bundle, data: .query(query), at: now)
                }
            } catch {
                throw Rejection(Refusal(error), link.nonce)
            }
            let state = try await state(of: link.nonce)
            switch LinkVerdict(state, terms: genuine.startTerms(at: now), at: now) {
            case .ready: return Admission(nonce: link.nonce, startedAt: nil, genuine: genuine)
            case .resumable(let start): return Admission(nonce: link.nonce, startedAt: start, genuine: genuine)
            case .refused(let refusal): throw Rejection(.start(refusal), link.nonce)
            }
        case .session(let text):
            let receipt = try receipt(text)
            let now = clock()
            let distribution = trust.bundle.distribution(receipt.nonce.distribution)
            do {
                try (distribution?.revocation ?? .none).check(receipt.nonce, epoch: receipt.epoch)
            } catch {
                throw Rejection(.link(error), receipt.nonce)
            }
            switch try await state(of: receipt.nonce) {
            case .unused: throw Rejection(.notStarted, receipt.nonce)
            case .finished: throw Rejection(.start(.alreadyFinished), receipt.nonce)
            case .started(let start):
                // A session that was begun goes on even where none may be taken up again.
                let resume = distribution?.resume ?? .standard
                guard resume == .never || LinkState.started(at: start).isResumable(under: resume, at: now) else {
                    throw Rejection(.start(.incompleteWindowOver), receipt.nonce)
                }
                return Admission(nonce: receipt.nonce, startedAt: start, genuine: nil)
            }
        }
    }
}
