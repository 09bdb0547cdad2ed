import Consumption
import Logging
import Synchronization

/// Logs that the store records nothing: at once, then once a minute with how many requests were refused, and that it records
/// again. A line for each refused request would fill the very disk that is full.
final class StoreOutageLog: Sendable {
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var reason: ConsumptionError?
        /// Requests that no line has told of.
        var refused = 0
        var lastLine: Double?
        /// Whether the last line says that nothing is recorded.
        var isReported = false

        /// How many requests a line about the outage has to tell of, if it is time for one.
        mutating func take(at now: Double) -> Int? {
            if let lastLine, now - lastLine < StoreOutageLog.interval { return nil }
            lastLine = now
            isReported = true
            defer { refused = 0 }
            return refused
        }
    }

    /// Seconds between lines about an outage.
    static let interval = 60.0

    init(logger: Logger) {
        self.logger = logger
    }

    /// A request was refused.
    ///
    /// - Parameter now: seconds of a clock that only goes forward.
    func refused(_ reason: ConsumptionError, at now: Double) {
        let refused = state.withLock { (state) in
            state.reason = reason
            state.refused += 1
            return state.take(at: now)
        }
        if let refused { logOutage(reason, refused) }
    }

    /// Looks at how the store does, whether or not somebody asks it for something.
    func look(at failure: ConsumptionError?, at now: Double) {
        enum Line {
            case outage(ConsumptionError, Int)
            case recovery(Int)
        }
        let line: Line? = state.withLock { (state) in
            if let failure { state.reason = failure }
            let isOver = failure == nil && state.isReported
            if isOver {
                state.isReported = false
                defer { state.refused = 0 }
                return .recovery(state.refused)
            }
            guard state.refused > 0 || failure != nil && !state.isReported, let reason = state.reason,
                let refused = state.take(at: now)
            else { return nil }
            return .outage(reason, refused)
        }
        switch line {
        case .outage(let reason, let refused): logOutage(reason, refused)
        case .recovery(let refused):
            logger.notice("starts and finishes are recorded again", metadata: ["refused": .stringConvertible(refused)])
        case nil: break
        }
    }

    private func logOutage(_ reason: ConsumptionError, _ refused: Int) {
        logger.error(
            "starts and finishes are not recorded",
            metadata: ["reason": "\(reason)", "refused": .stringConvertible(refused)])
    }
}
