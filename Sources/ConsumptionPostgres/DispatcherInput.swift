#if PostgreSQL
    import Consumption

    /// Where callers, and the thread that opens connections, leave what the dispatcher takes.
    struct DispatcherInput {
        var calls: [PendingCall] = []
        var queries: [PendingQuery] = []
        /// What opening a connection came to.
        var opened: Result<Connection, ConsumptionError>?
        /// Why nothing is taken: the store has been away for long, or is closed.
        var refusal: ConsumptionError?
        /// Why nothing is recorded at the moment, if no connection is open.
        var outage: ConsumptionError?
        /// Why nothing is recorded at the moment, if the server refuses what calls do.
        var rejection: ConsumptionError?
        /// How many waiting calls are worth waking the dispatcher for; nil while it is awake.
        var wakesAt: Int?
        /// Whose connections were given up while they had calls.
        var abandoned: [ServerProcess] = []
        var isClosing = false
        var metrics = StoreMetrics()
        /// Who waits for the first attempt to open a connection, and for the end.
        var openWaiters: [UnsafeContinuation<ConsumptionError?, Never>] = []
        var closeWaiters: [UnsafeContinuation<Void, Never>] = []
        var hasTriedToOpen = false
        var isClosed = false

        /// More than can be waiting when an edge bounds its requests. A caller above it is told to come again.
        static let largest = 1 << 16

        /// Why a call that comes now is not taken.
        var barring: ConsumptionError? { isClosing ? .closed : refusal }

        /// Whether the dispatcher is to be woken.
        mutating func wakes(_ count: Int) -> Bool {
            guard let threshold = wakesAt, count >= threshold else { return false }
            wakesAt = nil
            return true
        }
    }
#endif
