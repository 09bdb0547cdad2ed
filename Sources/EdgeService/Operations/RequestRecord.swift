import Consumption
import Encoding
import HTTPServer
import LinkToken
import Logging

/// What the log and the metrics say of a request. It holds neither token nor session nor query.
struct RequestRecord: Sendable {
    let method: String
    let route: Route
    let client: ClientAddress?
    var outcome = Outcome.ok
    /// The link that it is about, if a valid signature says which.
    var nonce: Nonce?
    /// What was recorded of the start, if the survey began now.
    var details: StartDetails?
    var status: UInt = 0
    var duration = Duration.zero

    init(method: String, route: Route, client: ClientAddress?) {
        self.method = method
        self.route = route
        self.client = client
    }

    static let message = "request"

    private var microseconds: Int64 {
        duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
    }

    /// For any log handler.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": .string(method), "route": .string(route.rawValue), "status": .stringConvertible(status),
            "outcome": .string(outcome.code), "ms": .stringConvertible(Double(microseconds) / 1000),
        ]
        if let refusal = outcome.refusal { metadata["code"] = .string(refusal.code) }
        if let details { metadata["agent"] = .string(details.startedBy.name) }
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
        if let details { line.member("agent", details.startedBy.name) }
        if let client { line.member("client", client.description) }
        if let refusal = outcome.refusal { line.member("code", refusal.code) }
        if let nonce { line.member("distribution", nonce.distribution.description) }
        if lost > 0 { line.member("lost", lost) }
        line.member("method", method)
        line.number("ms", milliseconds)
        line.member("outcome", outcome.code)
        line.member("route", route.rawValue)
        if let nonce { line.member("serial", nonce.serial.rawValue) }
        line.member("status", status)
    }

    /// To the microsecond, as a decimal number.
    private var milliseconds: String {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1000)
        return "\(whole).\(String(rest + 1000).dropFirst())"
    }
}

/// What members of a log entry are written to.
protocol LogMemberWriter {
    mutating func member(_ name: String, _ value: String)
    mutating func member(_ name: String, _ value: some FixedWidthInteger)
    /// - Parameter value: a number in decimal.
    mutating func number(_ name: String, _ value: String)
}

extension JSONWriter: LogMemberWriter {
    mutating func number(_ name: String, _ value: String) {
        self.name(name)
        bare(value)
    }
}
