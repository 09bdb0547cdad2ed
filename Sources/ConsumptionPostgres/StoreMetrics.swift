#if PostgreSQL
    import Consumption

    /// What a store counts, for monitoring.
    package struct StoreMetrics: Sendable {
        /// Connections that are open.
        package var sessions = 0
        package var lostConnections: UInt64 = 0
        package var failedOpenings: UInt64 = 0
        /// Calls that wait to be sent.
        package var waiting = 0
        /// Transactions that the server refused for a reason that trying again does not change.
        package var refusals: UInt64 = 0
        /// Calls that shared a round trip, and so a commit.
        package var roundSizes = Histogram(bounds: (0...12).map { Double(1 << $0) })
        /// Seconds, from a server on the same machine to the limit after which a connection is given up.
        package var roundTrips = Histogram(
            bounds: [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])

        var measurements: [StoreMeasurement] {
            [
                StoreMeasurement(
                    "linkseal_postgres_connections", .gauge(Double(sessions)),
                    "Connections to PostgreSQL that are open."),
                StoreMeasurement(
                    "linkseal_postgres_connections_lost_total", .counter(lostConnections),
                    "Connections to PostgreSQL that broke or were given up."),
                StoreMeasurement(
                    "linkseal_postgres_connection_failures_total", .counter(failedOpenings),
                    "Attempts to connect to PostgreSQL that failed."),
                StoreMeasurement(
                    "linkseal_postgres_waiting_calls", .gauge(Double(waiting)), "Calls that wait to be sent."),
                StoreMeasurement(
                    "linkseal_postgres_refusals_total", .counter(refusals),
                    "Transactions that PostgreSQL refused, such as for a full disk or a missing privilege."),
                StoreMeasurement(
                    "linkseal_postgres_round_trip_calls", .histogram(roundSizes),
                    "Calls that shared a round trip and a commit."),
                StoreMeasurement(
                    "linkseal_postgres_round_trip_duration_seconds", .histogram(roundTrips),
                    "Time from sending calls to their commit."),
            ]
        }
    }
#endif
