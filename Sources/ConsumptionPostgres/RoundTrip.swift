#if PostgreSQL
    import CLibPQ
    import Consumption
    import LinkToken

    /// What goes over a connection in one round trip: what was waiting, as one statement for each kind of call.
    ///
    /// Starts and finishes share a transaction, and so a sync of the server's log. Every statement works through its rows in
    /// the order of their keys, so that round trips of different connections don't wait for each other in a circle.
    struct RoundTrip {
        static let largest = 4096

        private(set) var looks: [PendingCall]
        /// In groups of one link. The first of each group is sent.
        private(set) var starts: [PendingCall]
        /// Starts that replace a use from before a reopening, in groups as well.
        private(set) var restarts: [PendingCall]
        private(set) var finishes: [PendingCall]
        private(set) var query: PendingQuery?
        /// How many rows it tries to insert, if it is there to find out whether the server records.
        private(set) var probe: Int?
        let sentAt: ContinuousClock.Instant
        /// When the first of its calls has waited for too long.
        private(set) var deadline: ContinuousClock.Instant?

        enum Part {
            case looks, starts, restarts, finishes, query, probe
        }

        /// One transaction after another: the statements up to each sync.
        private(set) var transactions: [[Part]] = []

        /// Takes up to ``largest`` calls of each kind.
        init(looks waitingLooks: inout [PendingCall], changes: inout [PendingCall], at now: ContinuousClock.Instant) {
            looks = Self.take(&waitingLooks)
            var (starts, restarts, finishes): ([PendingCall], [PendingCall], [PendingCall]) = ([], [], [])
            for call in Self.take(&changes) {
                if case .finish = call.verb {
                    finishes.append(call)
                } else if call.isRestart {
                    restarts.append(call)
                } else {
                    starts.append(call)
                }
            }
            self.starts = Self.sorted(starts)
            self.restarts = Self.sorted(restarts)
            self.finishes = Self.sorted(finishes)
            size = looks.count + starts.count + restarts.count + finishes.count
            sentAt = now
            deadline = earliestDeadline
        }

        init(_ query: PendingQuery, at now: ContinuousClock.Instant) {
            (looks, starts, restarts, finishes) = ([], [], [], [])
            self.query = query
            sentAt = now
        }

        init(probe rows: Int, at now: ContinuousClock.Instant) {
            (looks, starts, restarts, finishes) = ([], [], [], [])
            probe = rows
            sentAt = now
        }

        /// Whether it has starts or finishes, and so a commit.
        var changesSomething: Bool { !starts.isEmpty || !restarts.isEmpty || !finishes.isEmpty }

        /// How many calls it was made of.
        private(set) var size = 0

        private static func take(_ calls: inout [PendingCall]) -> [PendingCall] {
            guard calls.count > largest else {
                defer { calls.removeAll(keepingCapacity: true) }
                return calls
            }
            defer { calls.removeFirst(largest) }
            return Array(calls[..<largest])
        }

        private static func sorted(_ calls: [PendingCall]) -> [PendingCall] {
            calls.sorted { $0.nonce.key < $1.nonce.key }
        }

        /// Where the groups of one link begin, and the end.
        private static func groups(_ calls: [PendingCall]) -> [Range<Int>] {
            var groups: [Range<Int>] = []
            var start = 0
            for index in calls.indices where index + 1 == calls.count || calls[index + 1].nonce != calls[index].nonce {
                groups.append(start..<index + 1)
                start = index + 1
            }
            return groups
        }

        // MARK: Waiting

        /// The calls that have waited for too long, to be answered. What they lead to is still on its way.
        mutating func takeLate(at now: ContinuousClock.Instant) -> [PendingCall] {
            guard let deadline, deadline <= now else { return [] }
            func takeLate(from calls: inout [PendingCall]) -> [PendingCall] {
                calls.indices.compactMap { calls[$0].takeIfLate(at: now) }
            }
            let late =
                takeLate(from: &looks) + takeLate(from: &starts) + takeLate(from: &restarts) + takeLate(from: &finishes)
            self.deadline = earliestDeadline
            return late
        }

        private var earliestDeadline: ContinuousClock.Instant? {
            [looks, starts, restarts, finishes].joined().lazy.filter { !$0.isAnswered }.map(\.deadline).min()
        }

        // MARK: Sending

        mutating func send(over connection: Connection) throws(Connection.Failure) {
            if let probe { try send(probe: probe, over: connection) }
            if let query {
                try connection.send(query.sql, query.parameters)
                try end([.query], connection)
            }
            if !looks.isEmpty {
                let nonces = Set(looks.map(\.nonce)).sorted { $0.key < $1.key }
                let columns = [nonces.map(\.key.distribution), nonces.map(\.key.serial)]
                try connection.send(.look, columns.map { .numbers($0) })
                try end([.looks], connection)
            }
            var changes: [Part] = []
            if !starts.isEmpty {
                try send(.start, &starts, over: connection)
                changes.append(.starts)
            }
            if !finishes.isEmpty {
                try send(.finish, &finishes, over: connection)
                changes.append(.finishes)
            }
            if !changes.isEmpty { try end(changes, connection) }
            if !restarts.isEmpty {
                try send(.restart, &restarts, over: connection)
                try end([.restarts], connection)
            }
        }

        /// What starts, finishes and looks do, taken back. Without a row it needs the rights, the locks and a server that
        /// takes writes; with one, room on the disk of the table as well.
        private mutating func send(probe rows: Int, over connection: Connection) throws(Connection.Failure) {
            func numbers(_ number: Int64) -> StatementParameter { .numbers(Array(repeating: number, count: rows)) }
            try connection.send("BEGIN", [])
            try end([.probe], connection)
            // No link is of distribution 0. Each probe has a row of its own, so that none waits for another.
            let start = [numbers(0), numbers(.random(in: 0...Int64(UInt32.max))), numbers(0), numbers(1), numbers(0)]
            try connection.send(
                .start, start + StartColumns.parameters(repeatElement(StartDetails.unknown, count: rows)))
            try connection.send(.restart, Array(repeating: .numbers([]), count: 5) + StartColumns.parameters([]))
            try connection.send(.finish, Array(repeating: .numbers([]), count: 4))
            try connection.send(.look, Array(repeating: .numbers([]), count: 2))
            try end([.probe, .probe, .probe, .probe], connection)
            try connection.send("ROLLBACK", [])
            try end([.probe], connection)
        }

        private func send(_ statement: PreparedStatement, _ calls: inout [PendingCall], over connection: Connection)
            throws(Connection.Failure)
        {
            var columns: [[Int64]] = [[], [], [], []]
            var (reopenings, starts): ([Int64], [StartDetails]) = ([], [])
            for group in Self.groups(calls) {
                let call = calls[group.lowerBound]
                calls[group.lowerBound].wasSent = true
                columns[0].append(call.nonce.key.distribution)
                columns[1].append(call.nonce.key.serial)
                columns[2].append(Int64(call.time.rawValue))
                columns[3].append(call.attempt)
                if case .start(let terms, let details) = call.verb {
                    reopenings.append(Int64(terms.reopenedAt?.rawValue ?? 0))
                    starts.append(details)
                }
            }
            let start = statement == .finish ? [] : [.numbers(reopenings)] + StartColumns.parameters(starts)
            try connection.send(statement, columns.map { .numbers($0) } + start)
        }

        private mutating func end(_ transaction: [Part], _ connection: Connection) throws(Connection.Failure) {
            guard PQpipelineSync(connection.handle) == 1 else { throw .lost(connection.errorMessage) }
            transactions.append(transaction)
        }

        // MARK: Settling

        /// What is left to do about the calls of a transaction that is over.
        struct Rest {
            var looks: [PendingCall] = []
            /// To be sent once more.
            var changes: [PendingCall] = []
            var query: PendingQuery?
            /// To be told that the server does not take them.
            var refused: [PendingCall] = []
        }

        /// Takes the calls of the parts out, unanswered.
        mutating func takeOut(_ parts: [Part]) -> Rest {
            var rest = Rest()
            for part in parts {
                switch part {
                case .looks: rest.looks += exchange(&looks, with: [])
                case .starts: rest.changes += exchange(&starts, with: [])
                case .restarts: rest.changes += exchange(&restarts, with: [])
                case .finishes: rest.changes += exchange(&finishes, with: [])
                case .query: rest.query = query.take()
                case .probe: break
                }
            }
            return rest
        }

        mutating func takeOutAll() -> Rest { takeOut([.looks, .starts, .restarts, .finishes, .query]) }

        /// Answers the calls of a part that was done, as far as its rows tell.
        mutating func settle(_ part: Part, _ rows: ResultRows) -> Rest {
            var rest = Rest()
            switch part {
            case .probe: break
            case .query:
                query.take()?.reply.resume(returning: .success(rows))
            case .looks:
                let links = Self.links(rows)
                for var call in exchange(&looks, with: []) {
                    if let answer = call.outcome(links[call.nonce]) {
                        call.answer(answer)
                    } else {
                        rest.changes.append(call)
                    }
                }
            case .starts, .restarts:
                let winners = Set((0..<rows.count).map { rows[$0, 0] })
                let calls = part == .starts ? exchange(&starts, with: []) : exchange(&restarts, with: [])
                Self.settle(calls, &rest) { first in
                    winners.contains(first.attempt) ? (.unused, .started(at: first.time)) : nil
                }
            case .finishes:
                let times = Dictionary((0..<rows.count).map { (rows[$0, 0], rows[$0, 1]) }, uniquingKeysWith: { $1 })
                Self.settle(exchange(&finishes, with: []), &rest) { first in
                    guard let start = times[first.attempt].flatMap({ UInt32(exactly: $0) }) else { return nil }
                    let time = UnixTime(rawValue: start)
                    return (.started(at: time), .finished(startedAt: time))
                }
            }
            return rest
        }

        /// - Parameter change: the states of a link before and after what its first call did, or nil if it did nothing.
        private static func settle(
            _ calls: [PendingCall],
            _ rest: inout Rest,
            by change: (PendingCall) -> (before: LinkState, after: LinkState)?
        ) {
            for group in groups(calls) {
                guard let (before, after) = change(calls[group.lowerBound]) else {
                    rest.looks += calls[group]
                    continue
                }
                for index in group {
                    var call = calls[index]
                    call.answer(call.outcome(of: index == group.lowerBound ? before : after))
                }
            }
        }

        private static func links(_ rows: ResultRows) -> [Nonce: LinkRow] {
            var links: [Nonce: LinkRow] = [:]
            links.reserveCapacity(rows.count)
            for row in 0..<rows.count {
                guard let nonce = Nonce(distribution: rows[row, 0], serial: rows[row, 1]) else { continue }
                links[nonce] = LinkRow(
                    startedAt: UnixTime(rawValue: UInt32(truncatingIfNeeded: rows[row, 2])),
                    startAttempt: rows[row, 3],
                    isFinished: rows[row, 4] != 0,
                    finishAttempt: rows[row, 5]
                )
            }
            return links
        }
    }

    extension RoundTrip.Rest {
        mutating func add(_ other: Self) {
            looks += other.looks
            changes += other.changes
            query = query ?? other.query
            refused += other.refused
        }
    }
#endif
