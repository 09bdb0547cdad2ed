import Consumption
import LinkToken
import Trust

/// Finds out from a survey tool's export who finished, for tools that can't tell the edge.
///
/// ```swift
/// let report = try workspace.distributions.finishes(
///     FinishRequest(responses: "export.csv"), of: distributions, sessions: sessions, at: .now)
/// ```
///
/// Only a genuine session counts: it proves that the participant came by the link. A contact ID or a link in a response
/// proves nothing.
public struct FinishRequest: Sendable {
    /// The path of the export.
    public var responses: String
    /// The export as errors name it; by its path when nil.
    public var fileName: String?
    /// The heading of the column with the sessions; nil to detect it.
    public var column: String?
    public var separator: CSVSeparator?
    public var times = ResponseTimeOptions()

    public init(responses: String) {
        self.responses = responses
    }
}

/// Which surveys were finished, according to an export.
public struct FinishReport: Sendable {
    /// A response for which no finish is recorded.
    public struct Refused: Hashable, Sendable {
        /// Its line in the export.
        public let line: Int
        public let reason: FinishRefusal
    }

    /// The heading of the column with the sessions.
    public let column: String
    /// The heading of the column with the times. Nil if they count as finished now.
    public let timeColumn: String?
    /// The zone of that column, if the export names it.
    public let timeZone: String?
    public internal(set) var responses = 0
    /// Of submitted responses that matched by a genuine session, in their order. A link may be among them more than once.
    public internal(set) var finishes: [ResponseFinish] = []
    /// What was found out about the others, but for those in ``refusals``.
    public internal(set) var others: [ResponseMatch: Int] = [:]
    public internal(set) var refusals: [FinishRefusal: Int] = [:]
    /// The first 1,000 for which no finish is recorded.
    public internal(set) var refused: [Refused] = []

    /// What is known of the links that were finished.
    public var histories: LinkHistories { LinkHistories(of: finishes) }
}

extension LinkHistories {
    /// What finished responses prove of their links.
    public init(of finishes: some Sequence<ResponseFinish>) {
        self.init()
        for finish in finishes { add(finish.history, of: finish.nonce) }
    }
}

/// What recording finishes did, in numbers of links.
public struct FinishCounts: Hashable, Sendable {
    /// Finished there before.
    public internal(set) var known = 0
    /// Recorded now.
    public internal(set) var recorded = 0
    /// Made usable again there after they had been started.
    public internal(set) var wereReset = 0
}

extension FinishCounts: CustomStringConvertible {
    /// "3 new, 12 known before".
    public var description: String {
        "\(recorded) new, \(known) known before"
            + (wereReset > 0 ? ", \(wereReset) of links that were reset since" : "")
    }
}

extension UseAccounts {
    /// Records finishes of links of these distributions, but for links that were finished there before.
    ///
    /// - Parameters:
    ///   - finishes: who finished, and when.
    ///   - distributions: those whose links were finished.
    ///   - takeOver: records them where these accounts are read from.
    public func record(
        _ finishes: [ResponseFinish], of distributions: [Distribution],
        by takeOver: (LinkHistories) async throws -> TakeOverReport
    ) async throws -> FinishCounts {
        let uses = try await uses(of: distributions)
        let news = LinkHistories(
            of: finishes.lazy.filter { uses[$0.nonce.distribution]?[$0.nonce.serial]?.finishedAt == nil })
        var counts = FinishCounts()
        counts.known = LinkHistories(of: finishes).links - news.links
        guard news.links > 0 else { return counts }
        let report = try await takeOver(news)
        counts.recorded = report.added + report.changed
        counts.wereReset = news.links - counts.recorded
        return counts
    }
}

extension DistributionLibrary {
    /// Reads from an export which surveys were finished, and when.
    ///
    /// - Parameters:
    ///   - request: the export, and how to read it.
    ///   - distributions: those whose responses count.
    ///   - sessions: checks that sessions are genuine.
    ///   - now: the current time.
    /// - Throws: ``DistributionsError/responseTimes(file:fault:)`` if the times of the responses can't be read.
    public func finishes(
        _ request: FinishRequest, of distributions: [Distribution], sessions: SessionKeyring, at now: UnixTime
    ) throws(DistributionsError) -> FinishReport {
        let export = try ResponseExport(
            request.responses, named: request.fileName, separator: request.separator, keptIn: workspace.dataDirectory)
        let matcher = ResponseMatcher(.session, distributions: distributions, in: self, keys: [], sessions: sessions)
        let columns = try ResponseColumns(
            of: export, key: .session, chosen: request.column, identity: matcher.identity,
            isGenuine: matcher.isGenuine)
        let judged = try JudgedResponses(
            export, columns, matcher, of: distributions, key: .session, uses: [:], times: nil, at: now)
        func fault(_ fault: ResponseTimeError) -> DistributionsError {
            .responseTimes(file: export.path, fault: fault)
        }
        var finishes: ResponseFinishes
        do throws(ResponseTimeError) {
            finishes = try ResponseFinishes(
                headings: export.headings, furtherHeadings: export.furtherHeadings, request.times, at: now)
        } catch {
            throw fault(error)
        }
        var report = FinishReport(
            column: export.headings[columns.key],
            timeColumn: request.times.isNow ? nil : finishes.column?.heading, timeZone: finishes.zoneName)
        try export.forEachResponse { (row) throws(DistributionsError) in
            let response = judged.responses[report.responses]
            report.responses += 1
            guard case .contact(let remark) = response.match, remark != .notSubmitted else {
                report.others[response.match, default: 0] += 1
                return
            }
            let nonce = Nonce(
                distribution: judged.distributions[Int(response.distribution)].id, serial: response.serial)
            if !finishes.add(row, of: nonce, startedAt: response.startedAt) {
                report.others[.contact(.notSubmitted), default: 0] += 1
            }
        }
        do throws(ResponseTimeError) {
            let resolved = try finishes.resolved()
            report.finishes = resolved.finishes
            for (line, reason) in resolved.refusals {
                report.refusals[reason, default: 0] += 1
                if report.refused.count < 1000 { report.refused.append(.init(line: line, reason: reason)) }
            }
        } catch {
            throw fault(error)
        }
        return report
    }
}
