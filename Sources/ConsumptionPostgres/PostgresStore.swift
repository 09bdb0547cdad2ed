#if PostgreSQL
    import Consumption
    import LinkToken
    import Synchronization

    /// The consumption store of more than one machine: PostgreSQL, or an engine that speaks its protocol.
    ///
    /// ```swift
    /// let store = try await PostgresStore.open(StoreAddress("postgres://linkseal@db.example.com/linkseal"))
    /// let outcome = try await store.start(link.nonce, at: now, details: details, terms: terms)
    /// await store.close()
    /// ```
    ///
    /// Callers suspend until their change is committed. What arrives while a round trip runs goes into the next one:
    ///
    /// ```sql
    /// INSERT INTO linkseal_link (distribution, serial, started_at, start_attempt, …)
    /// SELECT … FROM unnest($1, $2, $3, $4, …) ON CONFLICT (distribution, serial) DO NOTHING RETURNING start_attempt
    /// ```
    ///
    /// Every start has an attempt number that is stored with the link. When a connection is lost before the answer came, the
    /// same attempt is made again over another one, and the number tells whether it was committed.
    ///
    /// While the store is away, calls wait for up to 5 seconds and then throw
    /// `ConsumptionError.unavailable(store:reason:)`; once it has been away for that long, they throw at once. Whoever is
    /// told so was not told that a link is theirs: the next start of the link by this process gets `started` if the change
    /// was committed after all.
    ///
    /// ``failure`` is found out without waiting for a call: where nothing was committed for 5 seconds, the store tries what
    /// calls do, and takes it back.
    public final class PostgresStore: ConsumptionStore, EventSource, Sendable {
        public let address: StoreAddress
        let dispatcher: Dispatcher

        /// Connects, and goes on if no server answers: ``failure`` tells so, links are still verified, and the store connects
        /// when there is one.
        ///
        /// - Throws: `ConsumptionError.schemaMismatch(store:found:needed:)`.
        public static func open(_ address: StoreAddress) async throws(ConsumptionError) -> PostgresStore {
            let store = PostgresStore(address)
            let failure = await withUnsafeContinuation { (waiter: UnsafeContinuation<ConsumptionError?, Never>) in
                let isLate = store.dispatcher.input.withLock { input in
                    if !input.hasTriedToOpen { input.openWaiters.append(waiter) }
                    return input.hasTriedToOpen
                }
                if isLate { waiter.resume(returning: store.failure) }
            }
            if case .schemaMismatch = failure {
                await store.close()
                throw failure!
            }
            return store
        }

        private init(_ address: StoreAddress) {
            self.address = address
            dispatcher = Dispatcher(address)
            dispatcher.start()
        }

        deinit {
            requestClosing()
        }

        /// Finishes what was accepted, accepts nothing more, and disconnects.
        public func close() async {
            requestClosing()
            await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                let isClosed = dispatcher.input.withLock { input in
                    if !input.isClosed { input.closeWaiters.append(waiter) }
                    return input.isClosed
                }
                if isClosed { waiter.resume() }
            }
        }

        private func requestClosing() {
            dispatcher.input.withLock { $0.isClosing = true }
            dispatcher.wake()
        }

        // MARK: Verbs

        public func start(
            _ nonce: Nonce, at time: UnixTime, details: StartDetails, terms: StartTerms
        ) async throws(ConsumptionError) -> StartOutcome {
            let call = try await call(.start(terms, details), nonce, at: terms.time(ofStartAt: time))
            guard case .start(let outcome) = call else { Self.mixedUp() }
            return outcome
        }

        public func finish(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> FinishOutcome {
            guard case .finish(let outcome) = try await call(.finish, nonce, at: time) else { Self.mixedUp() }
            return outcome
        }

        public func state(of nonce: Nonce) async throws(ConsumptionError) -> LinkState {
            guard case .state(let state) = try await call(.look, nonce, at: nil) else { Self.mixedUp() }
            return state
        }

        private static func mixedUp() -> Never { preconditionFailure("a call got the answer of another verb") }

        private func call(
            _ verb: PendingCall.Verb,
            _ nonce: Nonce,
            at time: UnixTime?
        ) async throws(ConsumptionError) -> PendingCall.Answer {
            if let time, !time.isRecordable { throw .timeOutOfRange(time) }
            let deadline = ContinuousClock.now + Dispatcher.patience
            let answer = await withUnsafeContinuation { (reply: UnsafeContinuation<PendingCall.Answer, Never>) in
                let call = PendingCall(verb, nonce, at: time ?? UnixTime(rawValue: 0), deadline: deadline, reply: reply)
                let (failure, wakes) = dispatcher.input.withLock { input -> (ConsumptionError?, Bool) in
                    if let barring = input.barring { return (barring, false) }
                    if input.calls.count >= DispatcherInput.largest { return (overload, false) }
                    input.calls.append(call)
                    return (nil, input.wakes(input.calls.count))
                }
                if let failure { reply.resume(returning: .failure(failure)) }
                if wakes { dispatcher.wake() }
            }
            if case .failure(let error) = answer { throw error }
            return answer
        }

        private var overload: ConsumptionError {
            .unavailable(store: address.description, reason: "\(DispatcherInput.largest) calls wait for it already")
        }

        // MARK: Statements outside the serving path

        func query(_ sql: String, _ parameters: [StatementParameter]) async throws(ConsumptionError) -> ResultRows {
            let deadline = ContinuousClock.now + Dispatcher.longPatience
            let result = await withUnsafeContinuation {
                (reply: UnsafeContinuation<Result<ResultRows, ConsumptionError>, Never>) in
                let query = PendingQuery(sql: sql, parameters: parameters, deadline: deadline, reply: reply)
                let failure = dispatcher.input.withLock { input in
                    if input.barring == nil {
                        input.queries.append(query)
                        input.wakesAt = nil
                    }
                    return input.barring
                }
                if let failure { reply.resume(returning: .failure(failure)) } else { dispatcher.wake() }
            }
            return try result.get()
        }

        // MARK: Operations

        public var failure: ConsumptionError? {
            dispatcher.input.withLock { $0.isClosing ? .closed : $0.outage ?? $0.rejection }
        }

        package var metrics: StoreMetrics { dispatcher.input.withLock { $0.metrics } }

        public var measurements: [StoreMeasurement] { metrics.measurements }
    }
#endif
