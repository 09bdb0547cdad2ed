#if PostgreSQL
    import Consumption
    import ConsumptionPostgres
    import Glibc
    import LinkToken
    import PostgresCluster
    import Synchronization
    import TestSupport
    import Testing

    /// All that needs servers, one test after another: they share two cores with them.
    @Suite(.serialized) enum `PostgreSQL` {}

    /// A database of its own with an empty store in it.
    struct Database {
        let server: PostgresServer
        let name: String

        private static let count = Atomic(0)

        init(on server: PostgresServer) async throws {
            self.server = server
            name = "test_\(Self.count.wrappingAdd(1, ordering: .relaxed).newValue)"
            try server.sql("CREATE DATABASE \(name)")
            _ = try await PostgresStore.migrate(StoreAddress(uri))
        }

        var uri: String { PostgresServer.uri(server.directory, database: name) }

        func uri(through proxy: CuttingProxy) -> String { PostgresServer.uri(proxy.directory, database: name) }

        func open() async throws -> PostgresStore { try await PostgresStore.open(StoreAddress(uri)) }

        @discardableResult
        func sql(_ text: String) throws -> String { try server.sql(text, database: name) }

        func wait(_ text: String, is expected: String) throws {
            try server.wait(text, database: name, is: expected)
        }
    }

    func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    extension DistributionID {
        static let first = DistributionID(rawValue: 0xA1)!
        /// Negative as the database sees it.
        static let second = DistributionID(rawValue: 0xB2 << 56)!
    }

    extension Nonce {
        init(_ serial: UInt32, of distribution: DistributionID = .first) {
            self.init(distribution: distribution, serial: Serial(rawValue: serial))
        }
    }

    extension UnixTime {
        /// Seconds after 2026-01-01T00:00:00Z.
        static func second(_ seconds: UInt32) -> UnixTime { UnixTime(rawValue: 1_767_225_600 + seconds) }
    }

    extension StartTerms {
        static let standard = StartTerms(mayBegin: true, resume: .standard)
        static let expired = StartTerms(mayBegin: false, resume: .standard)
        static let once = StartTerms(mayBegin: true, resume: .never)
    }
#endif
