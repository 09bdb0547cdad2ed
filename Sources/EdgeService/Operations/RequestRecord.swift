import Consumption
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
    /// The kind of program that started the survey, if it started now.
    var starter: UserAgentClass?
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
        if let starter { metadata["agent"] = .string(starter.name) }
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
        if let starter { line.add("agent", starter.name) }
        if let client { line.add("client", client.description) }
        if let refusal = outcome.refusal { line.add("code", refusal.code) }
        if let nonce { line.add("distribution", nonce.distribution.description) }
        if lost > 0 { line.add("lost", lost) }
        line.add("method", method)
        line.addBare("ms", milliseconds)
        line.add("outcome", outcome.code)
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
