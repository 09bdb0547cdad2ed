#if PostgreSQL
    import CLibPQ
    import Consumption

    /// Where a store is: a libpq connection URI (PostgreSQL documentation, §34.1.1.2) without a password.
    ///
    /// ```swift
    /// let address = try StoreAddress("postgres://linkseal@db1.example.com,db2.example.com/linkseal?sslmode=verify-full")
    /// ```
    ///
    /// libpq takes the password from `PGPASSWORD`, the file that `PGPASSFILE` names, or `~/.pgpass`. In the URI it would be
    /// seen by everyone who can list processes, so there it is refused. Of several hosts, the one that takes writes is used.
    public struct StoreAddress: Hashable, Sendable, CustomStringConvertible {
        /// libpq's keywords and values.
        let parameters: [String: String]
        /// Hosts and database, for messages.
        public let description: String

        /// - Throws: `ConsumptionError.invalidStoreAddress(reason:)`, which quotes nothing of the text.
        public init(_ uri: String) throws(ConsumptionError) {
            guard uri.hasPrefix("postgres://") || uri.hasPrefix("postgresql://") else {
                throw .invalidStoreAddress(reason: "it does not begin with postgres://")
            }
            guard let options = PQconninfoParse(uri, nil) else {
                throw .invalidStoreAddress(reason: "libpq can't parse it as a connection URI")
            }
            defer { PQconninfoFree(options) }
            var given: [String: String] = [:]
            var option = options
            while let keyword = option.pointee.keyword {
                if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
                option += 1
            }
            guard given["password"] == nil, given["sslpassword"] == nil else {
                throw .invalidStoreAddress(
                    reason:
                        "it holds a password, which everyone who can list processes would see. Put that into the file that "
                        + "PGPASSFILE names, into ~/.pgpass or into PGPASSWORD"
                )
            }
            description = "\(given["host"] ?? given["hostaddr"] ?? "the local socket")/\(given["dbname"] ?? "")"
            parameters = given.merging(Self.decided) { $1 }
        }

        /// What linkseal relies on, whatever the URI says.
        private static let decided = [
            // A standby that is named by mistake, or a primary that was demoted, is passed over.
            "target_session_attrs": "read-write",
            // Seconds per host.
            "connect_timeout": "3",
            // Milliseconds after which data without acknowledgement means that the peer is gone.
            "tcp_user_timeout": "4000",
            "client_encoding": "UTF8",
            "fallback_application_name": "linkseal",
        ]
    }
#endif
