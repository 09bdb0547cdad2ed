#if PostgreSQL
    import CLibPQ

    /// An error that the server reported: the transaction was rolled back.
    struct ServerFault: Error {
        /// Five characters (PostgreSQL documentation, appendix A).
        let sqlState: String
        let message: String

        /// What to do about it.
        enum Remedy {
            /// The same again: a concurrent transaction stood in the way.
            case again
            /// The same again over another connection.
            case reconnect
            /// Nothing that this side can do.
            case none
        }

        var remedy: Remedy {
            switch sqlState {
            // serialization_failure and deadlock_detected.
            case "40001", "40P01": .again
            // read_only_sql_transaction: the server was demoted. invalid_sql_statement_name: a pooler gave another connection.
            case "25006", "26000": .reconnect
            // query_canceled: the statement took too long.
            case "57014": .none
            // A changed type behind a prepared statement.
            case "0A000": .reconnect
            // connection_exception, operator_intervention (shutting down, starting up).
            default: sqlState.hasPrefix("08") || sqlState.hasPrefix("57P") ? .reconnect : .none
            }
        }

        static let undefinedTable = "42P01"
        /// An unknown parameter, or one that is not supported.
        static let unknownSetting = ["42704", "0A000"]

        /// Nil if it is the connection that failed.
        init?(_ result: OpaquePointer) {
            guard let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return nil }
            sqlState = String(cString: state)
            message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
        }
    }

    extension ServerFault: CustomStringConvertible {
        var description: String {
            switch sqlState {
            case "53100": "its disk is full (\(message))"
            case "57014": "a statement was cancelled or took longer than \(Connection.statementTimeout) ms (\(message))"
            case "25006": "the server is read-only; name the primary (\(message))"
            case "42501": "the role lacks a privilege (\(message))"
            default: "\(message) (SQLSTATE \(sqlState))"
            }
        }
    }
#endif
