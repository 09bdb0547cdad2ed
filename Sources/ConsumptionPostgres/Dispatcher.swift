#if PostgreSQL
    import CLibPQ
    import Consumption
    import Glibc
    import Synchronization

    /// The one thread that serves the sessions. It sleeps in `poll` until a caller, a server or the clock has something.
    ///
    /// What arrives while a round trip runs goes into the next one, so throughput grows with the number of calls in flight.
    /// A session of its own thread opens elsewhere, since libpq resolves names in blocking calls.
    final class Dispatcher: Sendable {
        let address: StoreAddress
        let inbox = Mutex(Inbox())
        private let alarm = Alarm()

        /// How long a call waits for a store that is away before its caller is told so.
        static let patience = Duration.seconds(5)
        /// How long an operation outside the serving path waits.
        static let longPatience = Duration.seconds(30)
        /// How long a server may take for a round trip before its connection is given up.
        static let longestRoundTrip = Duration.seconds(4)
        /// How long nothing is committed before the store tries whether anything could be.
        static let probeInterval = Duration.seconds(5)
        /// The same while the server refuses.
        static let rejectedProbeInterval = Duration.seconds(1)
        /// More sessions do not make one server faster, and many edges share it.
        static let mostSessions = 4

        init(_ address: StoreAddress) {
            self.address = address
        }

        /// - Precondition: called once.
        func start() {
            spawnThread { [self] in
                var service = Service(self)
                service.run()
            }
        }

        func wake() { alarm.ring() }

        fileprivate func openSession() {
            spawnThread { [self] in
                let result = Result { () throws(ConsumptionError) in try Session.open(address) }
                inbox.withLock { inbox in
                    inbox.opened = result
                    inbox.wakesAt = nil
                }
                wake()
            }
        }

        fileprivate func poll(_ descriptors: inout [pollfd], _ milliseconds: Int32) {
            descriptors.append(pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0))
            _ = Glibc.poll(&descriptors, nfds_t(descriptors.count), milliseconds)
            if descriptors.removeLast().revents != 0 { alarm.silence() }
        }
    }

    /// What the dispatcher's thread alone touches.
    private struct Service {
        let dispatcher: Dispatcher
        var backlog = Backlog()
        var exchanges: [Exchange] = []
        var isOpening = false
        var opensAt = ContinuousClock.now
        var backoff = Duration.zero
        /// Since when there has been no session, and why.
        var outage: (since: ContinuousClock.Instant, reason: ConsumptionError)?
        /// Why the server refused the last probe.
        var rejection: ConsumptionError?
        /// Whether it has refused something since the last probe that it took. Then the next one writes a row.
        var isInDoubt = false
        var probesAt = ContinuousClock.now + Dispatcher.probeInterval
        var closesAt: ContinuousClock.Instant?

        init(_ dispatcher: Dispatcher) {
            self.dispatcher = dispatcher
        }

        mutating func run() {
            while true {
                takeIn()
                let now = ContinuousClock.now
                expire(at: now)
                if isDone(at: now) { return end() }
                dispatch(at: now)
                openIfNeeded(at: now)
                sleep(from: now)
            }
        }

        // MARK: Callers

        private mutating func takeIn() {
            let (calls, queries, opened, isClosing) = dispatcher.inbox.withLock { inbox in
                inbox.wakesAt = nil
                return (
                    exchange(&inbox.calls, with: []), exchange(&inbox.queries, with: []), inbox.opened.take(),
                    inbox.isClosing
                )
            }
            backlog.add(calls)
            backlog.queries += queries
            if isClosing, closesAt == nil { closesAt = .now + Dispatcher.patience }
            if let opened { take(opened) }
        }

        private mutating func expire(at now: ContinuousClock.Instant) {
            let error = outage?.reason ?? rejection ?? unavailable("it has not answered within \(Dispatcher.patience)")
            if !backlog.isEmpty { backlog.expire(at: now, error) }
            for exchange in exchanges { backlog.fail(exchange.takeLate(at: now), error) }
        }

        private func isDone(at now: ContinuousClock.Instant) -> Bool {
            guard let closesAt else { return false }
            return closesAt <= now || backlog.isEmpty && exchanges.allSatisfy { $0.round == nil }
        }

        private mutating func end() {
            for exchange in exchanges { backlog.takeBack(exchange.abandon()) }
            exchanges = []
            backlog.end(.closed)
            let (calls, queries, opens, closes) = dispatcher.inbox.withLock { inbox in
                inbox.isClosed = true
                inbox.opened = nil
                return (
                    exchange(&inbox.calls, with: []), exchange(&inbox.queries, with: []),
                    exchange(&inbox.openWaiters, with: []), exchange(&inbox.closeWaiters, with: [])
                )
            }
            backlog.add(calls)
            backlog.queries += queries
            backlog.end(.closed)
            for waiter in opens { waiter.resume(returning: .closed) }
            for waiter in closes { waiter.resume() }
        }

        // MARK: Sessions

        private mutating func openIfNeeded(at now: ContinuousClock.Instant) {
            guard closesAt == nil || !backlog.isEmpty, !isOpening, opensAt <= now else { return }
            let isShort = exchanges.isEmpty || !backlog.queries.isEmpty || backlog.count >= threshold(at: now)
            let isBusy = exchanges.allSatisfy { $0.round != nil }
            guard isShort, isBusy, exchanges.count < Dispatcher.mostSessions else { return }
            isOpening = true
            dispatcher.openSession()
        }

        private mutating func take(_ opened: Result<Session, ConsumptionError>) {
            isOpening = false
            var failure: ConsumptionError?
            switch opened {
            case .success(let session):
                exchanges.append(Exchange(session))
                backoff = .zero
                outage = nil
            case .failure(let error):
                failure = error
                // Between a half and the whole of it, so that edges which lost a server together don't come back together.
                backoff = min(max(backoff * 2, .milliseconds(50)), .seconds(1))
                opensAt = .now + backoff * Double.random(in: 0.5...1)
                if exchanges.isEmpty { outage = (outage?.since ?? .now, error) }
            }
            publish()
            let waiters = dispatcher.inbox.withLock { inbox in
                inbox.hasTriedToOpen = true
                if failure != nil { inbox.metrics.failedOpenings += 1 }
                return exchange(&inbox.openWaiters, with: [])
            }
            for waiter in waiters { waiter.resume(returning: failure) }
        }

        /// Gives a session up; its calls are sent again over another.
        ///
        /// Its commit may have been made without its standby. The others see what it wrote, and none of them waits for the
        /// standby when it finds it there; only a new session does. So all are given up then.
        private mutating func lose(_ lost: Exchange, _ failure: Session.Failure) {
            guard exchanges.contains(where: { $0 === lost }) else { return }
            let isCommitted = lost.round?.changesSomething == true || lost.session.hasSkippedReplication
            for exchange in isCommitted ? exchanges : [lost] {
                if exchange.round != nil, let backend = exchange.session.backend {
                    dispatcher.inbox.withLock { $0.abandon(backend) }
                }
                backlog.takeBack(exchange.abandon())
                exchanges.removeAll { $0 === exchange }
                dispatcher.inbox.withLock { $0.metrics.lostSessions += 1 }
            }
            if exchanges.isEmpty {
                outage = (.now, ConsumptionError(failure, at: dispatcher.address))
                opensAt = .now
            }
            publish()
        }

        private func publish() {
            var refusal: ConsumptionError?
            if let outage, outage.since + Dispatcher.patience <= .now { refusal = outage.reason }
            if case .schemaMismatch = outage?.reason { refusal = outage?.reason }
            dispatcher.inbox.withLock { inbox in
                inbox.outage = outage?.reason
                inbox.rejection = rejection
                inbox.refusal = refusal
                inbox.metrics.sessions = exchanges.count
            }
        }

        private func unavailable(_ reason: String) -> ConsumptionError {
            .unavailable(store: dispatcher.address.description, reason: reason)
        }

        // MARK: Rounds

        private mutating func dispatch(at now: ContinuousClock.Instant) {
            // Losing one may lose all.
            for exchange in exchanges where exchange.round == nil && !exchanges.isEmpty {
                let round: Round
                // First, since calls that the server refuses would never leave it room.
                if probesAt <= now, closesAt == nil {
                    round = Round(probe: isInDoubt ? 1 : 0, at: now)
                    probesAt = now + Dispatcher.probeInterval
                } else if backlog.count >= threshold(at: now) {
                    round = Round(looks: &backlog.looks, changes: &backlog.changes, at: now)
                } else if !backlog.queries.isEmpty {
                    round = Round(backlog.queries.removeFirst(), at: now)
                } else {
                    continue
                }
                do throws(Session.Failure) {
                    try exchange.send(round)
                } catch {
                    lose(exchange, error)
                }
            }
        }

        /// How many waiting calls make up another round.
        private func threshold(at now: ContinuousClock.Instant) -> Int {
            let oldest = exchanges.lazy.compactMap { $0.round?.sentAt }.min()
            // A server that is slow to answer on one connection is no reason to wait on the others.
            guard let oldest, now - oldest < .milliseconds(20) else { return 1 }
            let sizes = exchanges.compactMap { $0.round?.size }
            return max(Backlog.worthAnother, sizes.reduce(0, +) / sizes.count / 2)
        }

        private mutating func sleep(from now: ContinuousClock.Instant) {
            let isIdle = exchanges.allSatisfy { $0.round == nil }
            let hasRoom = exchanges.contains { $0.round == nil }
            let canOpen = !isOpening && exchanges.count < Dispatcher.mostSessions
            // The threshold counts what already waits here.
            let wakesAt = hasRoom || canOpen ? threshold(at: now) - backlog.count : Int.max
            let mayPoll = dispatcher.inbox.withLock { inbox in
                let isEmpty = inbox.calls.count < max(wakesAt, 1) && inbox.queries.isEmpty && inbox.opened == nil
                guard isEmpty, !inbox.isClosing || closesAt != nil else { return false }
                inbox.wakesAt = max(wakesAt, 1)
                inbox.metrics.waiting = backlog.count
                return true
            }
            guard mayPoll else { return }
            let milliseconds: Int32 =
                if isIdle, !exchanges.isEmpty, backlog.isEmpty, closesAt == nil {
                    max(1, Int32((probesAt - now) / .milliseconds(1)) + 1)
                } else if exchanges.isEmpty, !isOpening {
                    max(1, min(100, Int32((opensAt - now) / .milliseconds(1)) + 1))
                } else { hasRoom ? 5 : 20 }
            var descriptors = exchanges.map {
                pollfd(fd: $0.session.socket, events: Int16($0.hasUnsentBytes ? POLLIN | POLLOUT : POLLIN), revents: 0)
            }
            dispatcher.poll(&descriptors, milliseconds)
            receive(descriptors, at: .now)
        }

        private mutating func receive(_ descriptors: [pollfd], at now: ContinuousClock.Instant) {
            for (exchange, descriptor) in zip(exchanges, descriptors) where !exchanges.isEmpty {
                var arrival = Exchange.Arrival()
                do throws(Session.Failure) {
                    defer { take(arrival, at: now) }
                    if descriptor.revents != 0 {
                        if exchange.hasUnsentBytes { try exchange.flush() }
                        try exchange.receive(&arrival)
                        if arrival.needsReconnection { throw .lost("the server is going away") }
                    }
                    if let round = exchange.round, now - round.sentAt > Dispatcher.longestRoundTrip {
                        throw .lost("it has not answered within \(Dispatcher.longestRoundTrip)")
                    }
                } catch {
                    lose(exchange, error)
                }
            }
        }

        private mutating func take(_ arrival: Exchange.Arrival, at now: ContinuousClock.Instant) {
            var rest = arrival.rest
            if let refusal = arrival.refusal {
                let error = unavailable(refusal.description)
                backlog.fail(rest.refused, error)
                rest.query.take()?.reply.resume(returning: .failure(error))
                dispatcher.inbox.withLock { $0.metrics.refusals += 1 }
            }
            // One transaction may be refused, and another of the same round leave calls to be sent again.
            backlog.takeBack(rest)
            guard let round = arrival.finished else { return }
            judge(round, arrival.roundFault, at: now)
            guard round.size > 0 else { return }
            dispatcher.inbox.withLock { inbox in
                inbox.metrics.roundSizes.add(Double(round.size))
                inbox.metrics.roundTrips.add((now - round.sentAt) / .seconds(1))
            }
        }

        /// Whether the server records, by what became of a round.
        ///
        /// A single refusal does not say that it refuses everything: the row of one link may be locked. And that it took one
        /// change does not say that it takes another: a finish needs no new room on the disk. So probes decide.
        private mutating func judge(_ round: Round, _ fault: ServerFault?, at now: ContinuousClock.Instant) {
            let before = rejection
            if let rows = round.probe {
                if let fault {
                    if fault.remedy == .none { rejection = unavailable(fault.description) }
                    isInDoubt = true
                    probesAt = now + Dispatcher.rejectedProbeInterval
                } else if rows > 0 || !isInDoubt {
                    rejection = nil
                    isInDoubt = false
                    probesAt = now + Dispatcher.probeInterval
                }
            } else if fault != nil {
                if !isInDoubt { probesAt = now }
                isInDoubt = true
            } else if round.changesSomething, !isInDoubt {
                probesAt = now + Dispatcher.probeInterval
            }
            if rejection != before { publish() }
        }
    }
#endif
