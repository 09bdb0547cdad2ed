import Consumption
import Encoding
import LinkToken

/// That the survey of a link was finished, as a response proves it.
public struct ResponseFinish: Hashable, Sendable {
    public let nonce: Nonce
    /// When the survey was started, if the response says so.
    public let startedAt: UnixTime?
    public let finishedAt: UnixTime
    /// The line of the response in the export.
    public let line: Int

    /// For a log that does not know the start, a survey that was finished was started at that time at the latest.
    public var history: LinkHistory { LinkHistory(startedAt: startedAt ?? finishedAt, finishedAt: finishedAt) }
}

/// Why no finish is recorded for a response, although it came by a genuine session.
public enum FinishRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// Its time can't be read.
    case unreadableTime = "its time can't be read"
    case beforeStart = "submitted before its survey was started"
    case inFuture = "submitted in the future"
}

/// How the times of an export are to be read, where the export does not say so.
public struct ResponseTimeOptions: Sendable {
    /// The heading of the column with the times; nil to detect it.
    public var column: String?
    /// By which clock times were written for which the export names no zone.
    public var zone: ResponseTimeZone?
    public var dateOrder: ResponseTime.DateOrder?
    /// Whether surveys count as finished now, whatever the export says.
    public var isNow = false

    public init() {}
}

/// The finishes that the responses of an export prove, gathered row by row.
///
/// Which clock and which order of day and month the export was written with is decided by the whole column: a row that
/// allows only one order proves it, and so does one that would otherwise be older than its survey's start, or in the
/// future. What nothing proves is asked for.
///
/// ```swift
/// var finishes = try ResponseFinishes(headings: headings, furtherHeadings: [], options, at: .now)
/// for row in rows { finishes.add(row, of: nonce, startedAt: receipt.startedAt) }
/// for finish in try finishes.resolved().finishes { histories.add(finish.history, of: finish.nonce) }
/// ```
struct ResponseFinishes {
    /// Five minutes. Clocks differ by that much, and some exports have no seconds.
    static let leeway: Int64 = 300
    /// More than the clocks of two places can differ by.
    private static let slack: Int64 = 26 * 3600

    /// Nil when no column says when responses were submitted.
    let column: ResponseTimeColumn?
    private let options: ResponseTimeOptions
    private let now: UnixTime
    private var responses: [Response] = []
    /// The lines that prove an order.
    private var proofs: [ResponseTime.DateOrder: Int] = [:]
    private var undecided: (line: Int, text: String)?
    private var withoutZone: (line: Int, text: String)?

    private struct Response {
        let nonce: Nonce
        let startedAt: UnixTime?
        let line: UInt32
        /// Nil if it can't be read.
        let time: ResponseTime?
    }

    /// - Throws: ``ResponseTimeError/unknownColumn(_:headings:)``.
    init(
        headings: [String], furtherHeadings: [CSVRow], _ options: ResponseTimeOptions, at now: UnixTime
    ) throws(ResponseTimeError) {
        self.options = options
        self.now = now
        column = try ResponseTimeColumn(
            headings: headings, furtherHeadings: furtherHeadings, chosen: options.column)
    }

    /// Takes in a response that came by a genuine session.
    ///
    /// - Returns: false if the survey tool does not say that it was submitted: its time is empty.
    mutating func add(_ row: CSVRow, of nonce: Nonce, startedAt: UnixTime?) -> Bool {
        guard let column else {
            responses.append(Response(nonce: nonce, startedAt: startedAt, line: UInt32(clamping: row.line), time: nil))
            return true
        }
        let text = FormulaGuard.removed(from: row[column.index].trimmed)
        guard !text.isEmpty else { return false }
        let time = options.isNow ? nil : ResponseTime(text)
        responses.append(Response(nonce: nonce, startedAt: startedAt, line: UInt32(clamping: row.line), time: time))
        guard let time else { return true }
        if time.offset == nil, withoutZone == nil { withoutZone = (row.line, text) }
        if let order = time.onlyOrder() ?? provenOrder(of: time, startedAt: startedAt) {
            if proofs[order] == nil { proofs[order] = row.line }
        } else if time.dependsOnOrder, undecided == nil {
            undecided = (row.line, text)
        }
        return true
    }

    /// The order by which alone the response lies between its survey's start and now.
    private func provenOrder(of time: ResponseTime, startedAt: UnixTime?) -> ResponseTime.DateOrder? {
        guard time.dependsOnOrder, let startedAt else { return nil }
        let span = (Int64(startedAt.rawValue) - Self.slack)...(Int64(max(now, startedAt).rawValue) + Self.slack)
        return time.onlyOrder { span.contains($0) }
    }

    struct Resolved {
        var finishes: [ResponseFinish] = []
        var refusals: [(line: Int, reason: FinishRefusal)] = []
    }

    /// The finishes, in the order of the responses.
    ///
    /// - Throws: ``ResponseTimeError`` for what nothing proves.
    func resolved() throws(ResponseTimeError) -> Resolved {
        var resolved = Resolved()
        guard let column, !options.isNow else {
            for response in responses {
                resolved.finishes.append(
                    ResponseFinish(
                        nonce: response.nonce, startedAt: response.startedAt, finishedAt: now, line: Int(response.line))
                )
            }
            return resolved
        }
        let order = try order(in: column)
        let zone = namedZone ?? options.zone
        if zone == nil, let withoutZone {
            throw .zoneMissing(column: column.heading, line: withoutZone.line, text: withoutZone.text)
        }
        for response in responses {
            switch finish(response, order, zone) {
            case .success(let time):
                resolved.finishes.append(
                    ResponseFinish(
                        nonce: response.nonce, startedAt: response.startedAt, finishedAt: time, line: Int(response.line)
                    ))
            case .failure(let reason): resolved.refusals.append((Int(response.line), reason))
            }
        }
        return resolved
    }

    /// That which the export names for the column. It knows better than whoever reads it.
    private var namedZone: ResponseTimeZone? { column?.zoneName.flatMap { ResponseTimeZone(named: $0) } }
    /// Its name, if it counts.
    var zoneName: String? { namedZone == nil || options.isNow ? nil : column?.zoneName }

    private func order(in column: ResponseTimeColumn) throws(ResponseTimeError) -> ResponseTime.DateOrder {
        if let chosen = options.dateOrder { return chosen }
        if let monthFirst = proofs[.monthFirst], let dayFirst = proofs[.dayFirst] {
            throw .orderContradicted(column: column.heading, monthFirst: monthFirst, dayFirst: dayFirst)
        }
        if let proven = proofs.keys.first { return proven }
        if let undecided {
            throw .orderUndecided(column: column.heading, line: undecided.line, text: undecided.text)
        }
        return .monthFirst
    }

    private func finish(
        _ response: Response, _ order: ResponseTime.DateOrder, _ zone: ResponseTimeZone?
    ) -> Result<UnixTime, FinishRefusal> {
        guard let time = response.time, let local = time[order] else {
            return .failure(.unreadableTime)
        }
        let times = time.offset.map { [local - Int64($0)] } ?? (zone ?? .utc).times(showing: local)
        let start = response.startedAt.map { Int64($0.rawValue) }
        // Of an hour that the clock showed twice, the one that is possible.
        guard let found = times.first(where: { (time) in start.map { time >= $0 - Self.leeway } ?? true }) else {
            return .failure(.beforeStart)
        }
        guard found <= Int64(now.rawValue) + Self.leeway else { return .failure(.inFuture) }
        return .success(UnixTime(rawValue: UInt32(clamping: min(max(found, start ?? found), Int64(now.rawValue)))))
    }
}
