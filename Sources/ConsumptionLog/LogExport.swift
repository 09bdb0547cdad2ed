import LinkToken

extension LogReader {
    public enum ExportFormat: String, Sendable, CaseIterable {
        /// RFC 4180 with a header line: distribution, serial, event, time, started_by.
        case csv
        /// One JSON object to a line, with the same names.
        case jsonLines = "jsonl"
    }

    /// Writes every event as text, in the order of the log and in pieces of about 64 KiB. Times are RFC 3339 in UTC.
    ///
    /// - Parameters:
    ///   - distribution: nil for all.
    ///   - output: takes the pieces; what it throws ends the export and is thrown on.
    public func export(
        as format: ExportFormat,
        distribution: DistributionID? = nil,
        to output: (String) throws -> Void
    ) throws {
        var piece = format.head
        try forEachRecord { record in
            if let distribution, record.nonce.distribution != distribution { return }
            piece += format.line(record)
            if piece.utf8.count >= 1 << 16 {
                try output(piece)
                piece = ""
            }
        }
        if !piece.isEmpty { try output(piece) }
    }
}

extension LogReader.ExportFormat {
    /// What comes before the first event.
    package var head: String { self == .csv ? "distribution,serial,event,time,started_by\r\n" : "" }

    /// One event, with its line's end. Only a start says what started it.
    package func line(_ record: LogRecord) -> String {
        let (id, serial) = (record.nonce.distribution, record.nonce.serial)
        let agent = record.event == .started ? record.startedBy.name : ""
        return switch self {
        case .csv: "\(id),\(serial),\(record.event.name),\(record.time),\(agent)\r\n"
        case .jsonLines:
            #"{"distribution":"\#(id)","serial":\#(serial),"event":"\#(record.event.name)","time":"\#(record.time)""#
                + (agent.isEmpty ? "}\n" : #","started_by":"\#(agent)"}"# + "\n")
        }
    }
}

extension ConsumptionEvent {
    /// The word for it in exports.
    public var name: String {
        switch self {
        case .started: "started"
        case .finished: "finished"
        case .reset: "reset"
        }
    }
}
