import LinkToken

/// Where the events of links can be read: a log, or the database that edges share.
public protocol EventSource: Sendable {
    /// Hands every event to the body, in an order in which each can follow the ones of its link before it.
    ///
    /// - Parameters:
    ///   - distribution: the distribution whose events are read; nil for all.
    ///   - body: called for each event.
    /// - Throws: what the body throws, which ends the reading, or a ``ConsumptionError``.
    func forEachEvent(of distribution: DistributionID?, _ body: (LinkEvent) throws -> Void) async throws
}

extension EventSource {
    /// When the links of a distribution were started and finished, and the details of the starts.
    ///
    /// An event that contradicts the ones before it is passed over.
    public func history(of distribution: DistributionID) async throws -> DistributionHistory {
        var history = DistributionHistory()
        try await forEachEvent(of: distribution) { history.apply($0) }
        return history
    }

    /// Writes every event as text, in pieces of about 64 KiB. Times are RFC 3339 in UTC.
    ///
    /// - Parameters:
    ///   - format: the text format.
    ///   - distribution: the distribution whose events are written; nil for all.
    ///   - output: takes the pieces; an error that it throws ends the export and is rethrown.
    public func export(
        as format: EventFormat, distribution: DistributionID? = nil, to output: (String) throws -> Void
    ) async throws {
        var piece = format.head
        try await forEachEvent(of: distribution) { event in
            piece += format.line(event)
            if piece.utf8.count >= 1 << 16 {
                try output(piece)
                piece = ""
            }
        }
        if !piece.isEmpty { try output(piece) }
    }
}

/// How events are written as text.
public enum EventFormat: String, Sendable, CaseIterable {
    /// RFC 4180 with a header line: distribution, serial, event, time, and the fields of ``StartDetails``.
    case csv
    /// One JSON object to a line, with the same names.
    case jsonLines = "jsonl"

    /// What comes before the first event.
    fileprivate var head: String {
        guard self == .csv else { return "" }
        return (["distribution", "serial", "event", "time"] + StartDetails.Field.allCases.map(\.rawValue))
            .joined(separator: ",") + "\r\n"
    }

    /// One event, with its line's end. Only a start has details.
    fileprivate func line(_ event: LinkEvent) -> String {
        let (id, serial) = (event.nonce.distribution, event.nonce.serial)
        let isStart = event.kind == .started
        var line: String
        switch self {
        case .csv:
            line = "\(id),\(serial),\(event.kind.name),\(event.time)"
            for field in StartDetails.Field.allCases { line += "," + (isStart ? event.details[field] : "") }
            line += "\r\n"
        case .jsonLines:
            line =
                #"{"distribution":"\#(id)","serial":\#(serial),"event":"\#(event.kind.name)","time":"\#(event.time)""#
            for field in StartDetails.Field.allCases where isStart {
                line += #","\#(field.rawValue)":"\#(event.details[field])""#
            }
            line += "}\n"
        }
        return line
    }
}
