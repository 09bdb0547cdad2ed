#if PostgreSQL
    import CLibPQ
    import Consumption
    import Glibc
    import Synchronization

    /// The one thread that serves the connections. It sleeps in `poll` until a caller, a server or the clock has something.
    ///
    /// What arrives while a round trip runs goes into the next one, so throughput grows with the number of calls in flight.
    /// A connection of its own thread opens elsewhere, since libpq resolves names in blocking calls.
    final class Dispatcher: Sendable {
        let address: StoreAddress
        let input = Mutex(DispatcherInput())
        private let wakeup = PollWakeup()

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
        /// More connections do not make one server faster, and many edges share it.
        static let mostConnections = 4

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

        func wake() { wakeup.ring() }

        fileprivate func openConnection() {
            spawnThread { [self] in
                let result = Result { () throws(ConsumptionError) in try Connection.open(address) }
                input.withLock { input in
                    input.opened = result
                    input.wakesAt = nil
                }
                wake()
            }
        }

        fileprivate func poll(_ descriptors: inout [pollfd], _ milliseconds: Int32) {
            descriptors.append(pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0))
            _ = Glibc.poll(&descriptors, nfds_t(descriptors.count), milliseconds)
            if descriptors.removeLast().revents != 0 { wakeup.silence() }
        }
    }

    /// What the dispatcher's thread alone touches.
    private struct Service {
        let dispatcher: Dispatcher
        var waiting = WaitingCalls()
        var pipelines: [Pipeline] = []
        var isOpening = false
        var opensAt = ContinuousClock.now
        var backoff = Duration.zero
        /// Since when there has been no connection, and why.
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
            let (calls, queries, opened, isClosing) = dispatcher.input.withLock { input in
                input.wakesAt = nil
                return (
                    exchange(&input.calls, with: []), exchange(&input.queries, with: []), input.opened.take(),
                    input.isClosing
                )
            }
            waiting.add(calls)
            waiting.queries += queries
            if isClosing, closesAt == nil { closesAt = .now + Dispatcher.patience }
            if let opened { take(opened) }
        }

        private mutating func expire(at now: ContinuousClock.Instant) {
            let error = outage?.reason ?? rejection ?? unavailable("it has not answered within \(Dispatcher.patience)")
            if !waiting.isEmpty { waiting.expire(at: now, error) }
            for pipeline in pipelines { waiting.fail(pipeline.takeLate(at: now), error) }
        }

        private func isDone(at now: ContinuousClock.Instant) -> Bool {
            guard let closesAt else { return false }
            return closesAt <= now || waiting.isEmpty && pipelines.allSatisfy { $0.roundTrip == nil }
        }

        private mutating func end() {
            for pipeline in pipelines { waiting.takeBack(pipeline.abandon()) }
            pipelines = []
            waiting.end(.closed)
            let (calls, queries, opens, closes) = dispatcher.input.withLock { input in
                input.isClosed = true
                input.opened = nil
                return (
                    exchange(&input.calls, with: []), exchange(&input.queries, with: []),
                    exchange(&input.openWaiters, with: []), exchange(&input.closeWaiters, with: [])
                )
            }
            waiting.add(calls)
            waiting.queries += queries
            waiting.end(.closed)
            for waiter in opens { waiter.resume(returning: .closed) }
            for waiter in closes { waiter.resume() }
        }

        // MARK: Connections

        private mutating func openIfNeeded(at now: ContinuousClock.Instant) {
            guard closesAt == nil || !waiting.isEmpty, !isOpening, opensAt <= now else { return }
            let isShort = pipelines.isEmpty || !waiting.queries.isEmpty || waiting.count >= threshold(at: now)
            let isBusy = pipelines.allSatisfy { $0.roundTrip != nil }
            guard isShort, isBusy, pipelines.count < Dispatcher.mostConnections else { return }
            isOpening = true
            dispatcher.openConnection()
        }

        private mutating func take(_ opened: Result<Connection, ConsumptionError>) {
            isOpening = false
            var failure: ConsumptionError?
            switch opened {
            case .success(let connection):
                pipelines.append(Pipeline(connection))
                backoff = .zero
                outage = nil
            case .failure(let error):
                failure = error
                // Between a half and the whole of it, so that edges which lost a server together don't come back together.
                backoff = min(max(backoff * 2, .milliseconds(50)), .seconds(1))
                opensAt = .now + backoff * Double.random(in: 0.5...1)
                if pipelines.isEmpty { outage = (outage?.since ?? .now, error) }
            }
            publish()
            let waiters = dispatcher.input.withLock { input in
                input.hasTriedToOpen = true
                if failure != nil { input.metrics.failedOpenings += 1 }
                return exchange(&input.openWaiters, with: [])
            }
            for waiter in waiters { waiter.resume(returning: failure) }
        }

        /// Gives a connection up; its calls are sent again over another.
        ///
        /// Its commit may have been made without its standby. The others see what it wrote, and none of them waits for the
        /// standby when it finds it there; only a new connection does. So all are given up then.
        private mutating func lose(_ lost: Pipeline, _ failure: Connection.Failure) {
            guard pipelines.contains(where: { $0 === lost }) else { return }
            let isCommitted = lost.roundTrip?.changesSomething == true || lost.connection.hasSkippedReplication
            for pipeline in isCommitted ? pipelines : [lost] {
                if pipeline.roundTrip != nil, let backend = pipeline.connection.backend {
                    dispatcher.input.withLock { $0.abandon(backend) }
                }
                waiting.takeBack(pipeline.abandon())
                pipelines.removeAll { $0 === pipeline }
                dispatcher.input.withLock { $0.metrics.lostConnections += 1 }
            }
            if pipelines.isEmpty {
                outage = (.now, ConsumptionError(failure, at: dispatcher.address))
                opensAt = .now
            }
            publish()
        }

        private func publish() {
            var refusal: ConsumptionError?
            if let outage, outage.since + Dispatcher.patience <= .now { refusal = outage.reason }
            if case .schemaMismatch = outage?.reason { refusal = outage?.reason }
            dispatcher.input.withLock { input in
                input.outage = outage?.reason
                input.rejection = rejection
                input.refusal = refusal
                input.metrics.sessions = pipelines.count
            }
        }

        private func unavailable(_ reason: String) -> ConsumptionError {
            .unavailable(store: dispatcher.address.description, reason: reason)
        }

        // MARK: Rounds

        private mutating func dispatch(at now: ContinuousClock.Instant) {
            // Losing one may lose all.
            for pipeline in pipelines where pipeline.roundTrip == nil && !pipelines.isEmpty {
                let roundTrip: RoundTrip
                // First, since calls that the server refuses would never leave it room.
                if probesAt <= now, closesAt == nil {
                    roundTrip = RoundTrip(probe: isInDoubt ? 1 : 0, at: now)
                    probesAt = now + Dispatcher.probeInterval
                } else if waiting.count >= threshold(at: now) {
                    roundTrip = RoundTrip(looks: &waiting.looks, changes: &waiting.changes, at: now)
                } else if !waiting.queries.isEmpty {
                    roundTrip = RoundTrip(waiting.queries.removeFirst(), at: now)
                } else {
                    continue
                }
                do throws(Connection.Failure) {
                    try pipeline.send(roundTrip)
                } catch {
                    lose(pipeline, error)
                }
            }
        }

        /// How many waiting calls make up another round trip.
        private func threshold(at now: ContinuousClock.Instant) -> Int {
            let oldest = pipelines.lazy.compactMap { $0.roundTrip?.sentAt }.min()
            // A server that is slow to answer on one connection is no reason to wait on the others.
            guard let oldest, now - oldest < .milliseconds(20) else { return 1 }
            let sizes = pipelines.compactMap { $0.roundTrip?.size }
            return max(WaitingCalls.worthAnother, sizes.reduce(0, +) / sizes.count / 2)
        }

        private mutating func sleep(from now: ContinuousClock.Instant) {
            let isIdle = pipelines.allSatisfy { $0.roundTrip == nil }
            let hasRoom = pipelines.contains { $0.roundTrip == nil }
            let canOpen = !isOpening && pipelines.count < Dispatcher.mostConnections
            // The threshold counts what already waits here.
            let wakesAt = hasRoom || canOpen ? threshold(at: now) - waiting.count : Int.max
            let mayPoll = dispatcher.input.withLock { input in
                let isEmpty = input.calls.count < max(wakesAt, 1) && input.queries.isEmpty && input.opened == nil
                guard isEmpty, !input.isClosing || closesAt != nil else { return false }
                input.wakesAt = max(wakesAt, 1)
                input.metrics.waiting = waiting.count
                return true
            }
            guard mayPoll else { return }
            let milliseconds: Int32 =
                if isIdle, !pipelines.isEmpty, waiting.isEmpty, closesAt == nil {
                    max(1, Int32((probesAt - now) / .milliseconds(1)) + 1)
                } else if pipelines.isEmpty, !isOpening {
                    max(1, min(100, Int32((opensAt - now) / .milliseconds(1)) + 1))
                } else { hasRoom ? 5 : 20 }
            var descriptors = pipelines.map {
                pollfd(
                    fd: $0.connection.socket, events: Int16($0.hasUnsentBytes ? POLLIN | POLLOUT : POLLIN), revents: 0)
            }
            dispatcher.poll(&descriptors, milliseconds)
            receive(descriptors, at: .now)
        }

        private mutating func receive(_ descriptors: [pollfd], at now: ContinuousClock.Instant) {
            for (pipeline, descriptor) in zip(pipelines, descriptors) where !pipelines.isEmpty {
                var arrival = Pipeline.Arrival()
                do throws(Connection.Failure) {
                    defer { take(arrival, at: now) }
                    if descriptor.revents != 0 {
                        if pipeline.hasUnsentBytes { try pipeline.flush() }
                        try pipeline.receive(&arrival)
                        if arrival.needsReconnection { throw .lost("the server is going away") }
                    }
                    if let roundTrip = pipeline.roundTrip, now - roundTrip.sentAt > Dispatcher.longestRoundTrip {
                        throw .lost("it has not answered within \(Dispatcher.longestRoundTrip)")
                    }
                } catch {
                    lose(pipeline, error)
                }
            }
        }

        private mutating func take(_ arrival: Pipeline.Arrival, at now: ContinuousClock.Instant) {
            var rest = arrival.rest
            if let refusal = arrival.refusal {
                let error = unavailable(refusal.description)
                waiting.fail(rest.refused, error)
                rest.query.take()?.reply.resume(returning: .failure(error))
                dispatcher.input.withLock { $0.metrics.refusals += 1 }
            }
            // One transaction may be refused, and another of the same round trip leave calls to be sent again.
            waiting.takeBack(rest)
            guard let roundTrip = arrival.finished else { return }
            judge(roundTrip, arrival.roundTripFault, at: now)
            guard roundTrip.size > 0 else { return }
            dispatcher.input.withLock { input in
                input.metrics.roundSizes.add(Double(roundTrip.size))
                input.metrics.roundTrips.add((now - roundTrip.sentAt) / .seconds(1))
            }
        }

        /// Whether the server records, by what became of a round trip.
        ///
        /// A single refusal does not say that it refuses everything: the row of one link may be locked. And that it took one
        /// change does not say that it takes another: a finish needs no new room on the disk. So probes decide.
        private mutating func judge(_ roundTrip: RoundTrip, _ fault: ServerFault?, at now: ContinuousClock.Instant) {
            let before = rejection
            if let rows = roundTrip.probe {
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
            } else if roundTrip.changesSomething, !isInDoubt {
                probesAt = now + Dispatcher.probeInterval
            }
            if rejection != before { publish() }
        }
    }
#endif
