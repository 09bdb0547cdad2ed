import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOFoundationEssentialsCompat

/// Which trust bundle an edge runs, as it says itself.
public struct EdgeReport: Sendable {
    public let edge: String
    public let sequence: UInt64?
    /// Why the sequence is not known.
    public let problem: String?

    /// In words, beside the sequence of the bundle that was published last.
    ///
    /// An edge is ahead when that bundle was made of a restored backup: the edge refuses it, and every one up to its own.
    public func standing(beside published: UInt64) -> String {
        guard let sequence else { return problem ?? "unknown" }
        if sequence == published { return "up to date" }
        return sequence < published
            ? "behind \(published)" : "ahead of \(published); publish with --above \(sequence)"
    }

    /// Asks edges, all at once.
    ///
    /// An edge tells its bundle's sequence in `/readyz`, whether it is ready or not.
    ///
    /// - Parameters:
    ///   - edges: their addresses.
    ///   - patience: how long one may take to answer, in seconds.
    /// - Returns: a report for each, in their order.
    public static func ask(_ edges: [String], patience: Int64 = 10) async -> [EdgeReport] {
        await withTaskGroup(of: (Int, EdgeReport).self) { (group) in
            for (index, edge) in edges.enumerated() {
                group.addTask { (index, await ask(edge, patience)) }
            }
            var reports: [(Int, EdgeReport)] = []
            for await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func ask(_ edge: String, _ patience: Int64) async -> EdgeReport {
        struct Readiness: Decodable { var bundleSequence: UInt64 }
        let base = edge.hasSuffix("/") ? String(edge.dropLast()) : edge
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: base + "/readyz"), timeout: .seconds(patience))
            let body = try await response.body.collect(upTo: 1 << 16)
            guard let readiness = try? JSONDecoder().decode(Readiness.self, from: Data(body.readableBytesView)) else {
                let problem =
                    "/readyz is answered with HTTP status \(response.status.code), not by an edge; name the edge's own "
                    + "address, since a proxy in front of it need not pass that on"
                return EdgeReport(edge: edge, sequence: nil, problem: problem)
            }
            return EdgeReport(edge: edge, sequence: readiness.bundleSequence, problem: nil)
        } catch {
            return EdgeReport(edge: edge, sequence: nil, problem: String(describing: error))
        }
    }
}
