#if PostgreSQL
    import ConsumptionLog
    import LinkToken

    extension PostgresStore {
        /// Writes every event as text, as ``LogReader`` does for a file, in pieces of about 64 KiB.
        ///
        /// - Parameters:
        ///   - distribution: nil for all.
        ///   - output: takes the pieces; what it throws ends the export and is thrown on.
        public func export(
            as format: LogReader.ExportFormat,
            distribution: DistributionID? = nil,
            to output: (String) throws -> Void
        ) async throws {
            var piece = format.head
            try await forEachRecord(of: distribution) { record in
                piece += format.line(record)
                if piece.utf8.count >= 1 << 16 {
                    try output(piece)
                    piece = ""
                }
            }
            if !piece.isEmpty { try output(piece) }
        }

        /// Writes what the store knows into a new file log, with which one edge can go on.
        ///
        /// The file gets its name when all of it is durable. Starts that the store takes meanwhile may be missing, so edges
        /// stop before the export and the one that goes on starts after it.
        ///
        /// - Returns: how many events the log holds.
        /// - Throws: ``ConsumptionError/alreadyExists(path:)`` and what reading the store and making a log throw. Then there is
        ///   no new log.
        @discardableResult
        public func exportLog(to path: String) async throws -> Int {
            let fileSystem = SystemFileSystem()
            let draft = "\(path).\(UInt64.random(in: .min ... .max)).new"
            if try fileSystem.exists(path) { throw ConsumptionError.alreadyExists(path: path) }
            defer { try? fileSystem.remove(draft) }
            let log = try ConsumptionLog.open(at: draft, mode: .existingOrNew)
            do {
                try await fill(log)
            } catch {
                await log.close()
                throw error
            }
            let count = Int(log.metrics.records)
            await log.close()
            do throws(SystemFailure) {
                try fileSystem.link(draft, to: path)
                try fileSystem.syncDirectory(of: path)
            } catch {
                throw error.errno == SystemFailure.fileExists
                    ? ConsumptionError.alreadyExists(path: path) : ConsumptionError.system(error)
            }
            return count
        }

        private func fill(_ log: ConsumptionLog) async throws {
            for record in try await resetRecords(of: nil) { try await log.append(record) }
            var cursor = Cursor(nil)
            while let links = try await nextPage(&cursor) {
                // In one batch, as the order of different links is nothing to a log.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for link in links {
                        group.addTask { for record in link.records { try await log.append(record) } }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    extension ConsumptionLog {
        fileprivate func append(_ record: LogRecord) async throws(ConsumptionError) {
            switch record.event {
            case .started:
                let terms = StartTerms(mayBegin: true, resume: .untilFinished)
                _ = try await start(record.nonce, at: record.time, by: record.startedBy, terms: terms)
            case .finished: _ = try await finish(record.nonce, at: record.time)
            case .reset: _ = try await reset(record.nonce, at: record.time)
            }
        }
    }
#endif
