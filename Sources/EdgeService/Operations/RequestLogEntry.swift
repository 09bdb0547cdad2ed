import HTTPServer
import LinkToken
import Logging

/// What the log says of a request. It holds neither token nor session nor query.
struct RequestLogEntry {
    var method: String
    var route: Route
    var status: UInt
    var outcome: String
    var duration: Duration
    /// Why it was refused.
    var code: String?
    /// What kind of program began a survey.
    var agent: String?
    var client: ClientAddress?
    var nonce: Nonce?

    static let message = "request"

    private var microseconds: Int64 {
        duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
    }

    /// For any log handler.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": .string(method), "route": .string(route.rawValue), "status": .stringConvertible(status),
            "outcome": .string(outcome), "ms": .stringConvertible(Double(microseconds) / 1000),
        ]
        if let code { metadata["code"] = .string(code) }
        if let agent { metadata["agent"] = .string(agent) }
        if let client { metadata["client"] = .stringConvertible(client) }
        if let nonce {
            metadata["distribution"] = .stringConvertible(nonce.distribution)
            metadata["serial"] = .stringConvertible(nonce.serial.rawValue)
        }
        return metadata
    }

    /// The same without a dictionary, in the order of the names: every request is logged, and making and sorting a
    /// dictionary takes longer than all else of it.
    ///
    /// - Parameter lost: how many entries were dropped before this one.
    func write(to line: inout some LogMemberWriter, lost: Int) {
        if let agent { line.add("agent", agent) }
        if let client { line.add("client", client.description) }
        if let code { line.add("code", code) }
        if let nonce { line.add("distribution", nonce.distribution.description) }
        if lost > 0 { line.add("lost", lost) }
        line.add("method", method)
        line.addBare("ms", milliseconds)
        line.add("outcome", outcome)
        line.add("route", route.rawValue)
        if let nonce { line.add("serial", nonce.serial.rawValue) }
        line.add("status", status)
    }

    /// To the microsecond, as a decimal number.
    private var milliseconds: String {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1000)
        return "\(whole).\(String(rest + 1000).dropFirst())"
    }
}

/// What members of a log entry are written to.
protocol LogMemberWriter {
    mutating func add(_ name: StaticString, _ value: String)
    mutating func add(_ name: StaticString, _ value: some FixedWidthInteger)
    /// A value that is a number.
    mutating func addBare(_ name: StaticString, _ value: String)
}

extension JSONObjectWriter: LogMemberWriter {}
