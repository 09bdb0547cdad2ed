#if PostgreSQL
    import Consumption

    /// A statement outside the serving path, of which each is safe to repeat.
    struct Query: Sendable {
        let sql: String
        let parameters: [Parameter]
        let deadline: ContinuousClock.Instant
        let reply: UnsafeContinuation<Result<Rows, ConsumptionError>, Never>
    }

#endif
