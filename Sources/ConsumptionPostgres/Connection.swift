#if PostgreSQL
    import CLibPQ
    import Consumption
    import Glibc

    /// A libpq connection. One thread at a time uses it: first the one that opens it, then the one that serves.
    final class Connection: @unchecked Sendable {
        /// Milliseconds that a statement may take, a wait for a standby at its commit not included.
        static let statementTimeout = 3000

        let handle: OpaquePointer
        /// Set by a notice that a commit did not wait for its standby. Nothing that this connection saw can be relied on then.
        private(set) var hasSkippedReplication = false
        /// Nil where the engine does not tell.
        var backend: ServerProcess?

        var socket: Int32 { PQsocket(handle) }
        var errorMessage: String { Self.oneLine(PQerrorMessage(handle)) }

        private init(_ handle: OpaquePointer) {
            self.handle = handle
            PQsetNoticeReceiver(
                handle,
                { connection, result in
                    guard let connection, let result else { return }
                    let function = PQresultErrorField(result, Int32(UInt8(ascii: "R"))).map { String(cString: $0) }
                    guard function == "SyncRepWaitForLSN" else { return }
                    Unmanaged<Connection>.fromOpaque(connection).takeUnretainedValue().hasSkippedReplication = true
                },
                Unmanaged.passUnretained(self).toOpaque()
            )
        }

        deinit {
            PQfinish(handle)
        }

        /// Connects, and blocks for no longer than the time-out of each host.
        static func connect(to address: StoreAddress) throws(ConsumptionError) -> Connection {
            let parameters = address.parameters.sorted { $0.key < $1.key }
            let strings = parameters.map { (strdup($0.key), strdup($0.value)) }
            defer {
                for (keyword, value) in strings {
                    free(keyword)
                    free(value)
                }
            }
            let keywords = strings.map { UnsafePointer($0.0) } + [nil]
            let values = strings.map { UnsafePointer($0.1) } + [nil]
            guard let handle = PQconnectdbParams(keywords, values, 0) else {
                throw .unavailable(store: address.description, reason: "out of memory")
            }
            let connection = Connection(handle)
            guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0 else {
                throw .unavailable(store: address.description, reason: connection.errorMessage)
            }
            return connection
        }

        private static func oneLine(_ text: UnsafePointer<CChar>?) -> String {
            guard let text else { return "" }
            return String(cString: text).split(separator: "\n").joined(separator: "; ")
        }
    }

    // MARK: One statement at a time

    extension Connection {
        enum Failure: Error {
            case fault(ServerFault)
            case lost(String)
        }

        /// Runs one statement and waits for its rows.
        func run(
            _ sql: String,
            _ parameters: [StatementParameter] = [],
            until deadline: ContinuousClock.Instant
        ) throws(Failure) -> ResultRows? {
            try send(sql, parameters)
            return try answer(until: deadline)
        }

        func prepare(_ statement: PreparedStatement, until deadline: ContinuousClock.Instant) throws(Failure) {
            let types = statement.parameterTypes
            guard PQsendPrepare(handle, statement.name, statement.sql, Int32(types.count), types) == 1 else {
                throw .lost(errorMessage)
            }
            _ = try answer(until: deadline)
        }

        private func answer(until deadline: ContinuousClock.Instant) throws(Failure) -> ResultRows? {
            var rows: ResultRows?
            var fault: ServerFault?
            while true {
                while PQisBusy(handle) == 1 {
                    let unsent = PQflush(handle)
                    try wait(for: unsent > 0 ? POLLIN | POLLOUT : POLLIN, until: deadline)
                    guard PQconsumeInput(handle) == 1 else { throw .lost(errorMessage) }
                }
                guard let result = PQgetResult(handle) else { break }
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK:
                    rows = ResultRows(result)
                case PGRES_COMMAND_OK:
                    break
                default:
                    guard let reported = ServerFault(result) else { throw .lost(errorMessage) }
                    fault = reported
                }
            }
            if let fault { throw .fault(fault) }
            return rows
        }

        private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(Failure) {
            let left = deadline - .now
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { throw .lost("it did not answer in time") }
            var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
            _ = poll(&descriptor, 1, Int32(milliseconds))
        }
    }

    // MARK: Sending

    extension Connection {
        func send(_ sql: String, _ parameters: [StatementParameter]) throws(Failure) {
            let sent = Self.withPointers(parameters) { values, lengths, formats in
                PQsendQueryParams(
                    handle, sql, Int32(parameters.count), parameters.map(\.type), values, lengths, formats, 1)
            }
            guard sent == 1 else { throw .lost(errorMessage) }
        }

        func send(_ statement: PreparedStatement, _ parameters: [StatementParameter]) throws(Failure) {
            let sent = Self.withPointers(parameters) { values, lengths, formats in
                PQsendQueryPrepared(handle, statement.name, Int32(parameters.count), values, lengths, formats, 1)
            }
            guard sent == 1 else { throw .lost(errorMessage) }
        }

        private static func withPointers<Result>(
            _ parameters: [StatementParameter],
            _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Result
        ) -> Result {
            let encoded = parameters.map(\.bytes)
            let lengths = encoded.map { Int32($0.count) }
            var bytes = encoded.flatMap { $0 }
            // Never empty, so that the pointers are there.
            bytes.append(0)
            return bytes.withUnsafeBytes { buffer in
                var offset = 0
                var values: [UnsafePointer<CChar>?] = []
                for length in lengths {
                    values.append(buffer.baseAddress!.advanced(by: offset).assumingMemoryBound(to: CChar.self))
                    offset += Int(length)
                }
                return body(values, lengths, Array(repeating: 1, count: lengths.count))
            }
        }
    }
#endif
