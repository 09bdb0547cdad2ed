#if PostgreSQL
    import Consumption

    /// A statement outside the serving path, of which each is safe to repeat.
    struct PendingQuery: Sendable {
        let sql: String
        let parameters: [StatementParameter]
        let deadline: ContinuousClock.Instant
        let reply: UnsafeContinuation<Result<ResultRows, ConsumptionError>, Never>
    }

#endif
