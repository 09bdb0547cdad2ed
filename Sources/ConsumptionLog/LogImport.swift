import Consumption
import LinkToken

/// A file that was in a log's inbox, and what came of it.
public struct InboxOutcome: Sendable {
    public let file: String
    public let result: Result<TakeOverReport, ConsumptionError>
}

extension ConsumptionLog {
    /// Takes over what another log knows of links, while this one serves.
    ///
    /// Of what both know, the earlier start and the earlier finish count. What a reset undid here is not brought back, and
    /// the other log's resets are its own affair. Taking the same over again changes nothing.
    ///
    /// Reads this log once, on a thread of its own, and returns when everything is durable.
    ///
    /// - Throws: what reading a log throws, and why nothing is recorded now. What was taken over by then stays.
    @discardableResult
    public func takeOver(_ other: LinkHistories) async throws(ConsumptionError) -> TakeOverReport {
        let reader = LogReader(path: path, in: fileSystem)
        let news = try await onThread { () throws(ConsumptionError) in
            try reader.histories(of: Set(other.distributions.keys)).news(in: other)
        }
        var report = TakeOverReport(of: other)
        // So many at a time, since nobody else can start a survey meanwhile.
        for start in stride(from: 0, to: news.count, by: 5000) {
            let links = news[start..<min(start + 5000, news.count)]
            let step = try await whenDurable { $0.takeOver(links, waiter: $1) }
            report.added += step.added
            report.changed += step.changed
        }
        return report
    }

    /// Takes what other processes left in the log's inbox over, and removes it from there.
    ///
    /// The process may be killed at any moment, and the next one does what is left: a file is removed when what it says
    /// is durable, and taking it over twice changes nothing. A file that can't be read is renamed, so that it does not
    /// block the others.
    ///
    /// - Throws: why nothing can be read or recorded now; the files stay.
    @discardableResult
    public func takeInbox() async throws(ConsumptionError) -> [InboxOutcome] {
        let inbox = LogInbox(of: path)
        var outcomes: [InboxOutcome] = []
        for file in try inbox.files() {
            do throws(ConsumptionError) {
                let histories = try await onThread { () throws(ConsumptionError) in
                    try LogReader(path: file).histories()
                }
                let report = try await takeOver(histories)
                try inbox.remove(file)
                outcomes.append(InboxOutcome(file: file, result: .success(report)))
            } catch {
                guard error.isDamage(of: file) else { throw error }
                try inbox.setAside(file)
                outcomes.append(InboxOutcome(file: file, result: .failure(error)))
            }
        }
        return outcomes
    }

    /// Takes events over into the log at that path: itself if no process has the log open, or else by leaving them in its
    /// inbox for the process that has.
    ///
    /// ```swift
    /// let histories = try LogReader(path: "other-edge.log").histories()
    /// let report = try await ConsumptionLog.takeOver(histories, intoLogAt: "linkseal-data/consumption.log")
    /// ```
    ///
    /// - Parameters:
    ///   - histories: what is known of the links.
    ///   - path: the log.
    ///   - patience: how long to wait for the other process.
    /// - Returns: what was new; if another process has the log open, as of the moment before.
    /// - Throws: what ``open(at:mode:)`` and ``takeOver(_:)`` throw, `ConsumptionError.waitsInInbox(path:file:)`, or
    ///   `ConsumptionError.refusedInInbox(path:file:)`.
    public static func takeOver(
        _ histories: LinkHistories, intoLogAt path: String, patience: Duration = .seconds(30)
    ) async throws(ConsumptionError) -> TakeOverReport {
        let log: ConsumptionLog
        do throws(ConsumptionError) {
            log = try open(at: path)
        } catch .inUse {
            return try await leave(histories, forLogAt: path, patience: patience)
        }
        do throws(ConsumptionError) {
            let report = try await log.takeOver(histories)
            // Also what others left meanwhile, who take this process for one that serves.
            try await log.takeInbox()
            await log.close()
            return report
        } catch {
            await log.close()
            throw error
        }
    }

    private static func leave(
        _ histories: LinkHistories, forLogAt path: String, patience: Duration
    ) async throws(ConsumptionError) -> TakeOverReport {
        let path = try LogOpening.resolve(path, in: SystemFileSystem())
        let (news, file) = try await onThread { () throws(ConsumptionError) in
            let own = try LogReader(path: path).histories(of: Set(histories.distributions.keys))
            let news = own.news(in: histories)
            return (news, news.isEmpty ? nil : try LogInbox(of: path).leave(histories))
        }
        var report = TakeOverReport(of: histories)
        guard let file else { return report }
        report.added = news.count { $0.known == nil }
        report.changed = news.count - report.added
        let end = ContinuousClock.now + patience
        while try LogInbox.holds(file) {
            if ContinuousClock.now < end, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(50))
                continue
            }
            // Whoever had the log open may have closed it without another look. Not earlier: an edge that restarts needs
            // the log itself.
            guard let log = try? open(at: path) else { throw .waitsInInbox(path: path, file: file) }
            do throws(ConsumptionError) {
                try await log.takeInbox()
                await log.close()
            } catch {
                await log.close()
                throw error
            }
        }
        if try LogInbox.holds(LogInbox.pathAside(of: file)) { throw .refusedInInbox(path: path, file: file) }
        return report
    }
}

extension ConsumptionError {
    /// Whether it says that the file can't be read as it is, and never will be.
    fileprivate func isDamage(of file: String) -> Bool {
        switch self {
        case .notALog(file), .unknownVersion(file, _), .headerDamaged(file, _), .damaged(file, _): true
        default: false
        }
    }
}
