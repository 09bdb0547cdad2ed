import AsyncHTTPClient
import Fetching
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
            ? "behind \(published)" : "ahead of \(published); publish a sequence above \(sequence)"
    }

    /// Asks edges, all at once.
    ///
    /// An edge tells its bundle's sequence in `/readyz`, whether it is ready or not.
    ///
    /// - Parameters:
    ///   - edges: their addresses.
    ///   - patience: how long one may take to answer, in seconds.
    ///   - client: who asks.
    /// - Returns: a report for each, in their order.
    public static func ask(
        _ edges: [String], patience: Int64 = 10, client: HTTPClient = FetchClient.system
    ) async -> [EdgeReport] {
        await withTaskGroup(of: (Int, EdgeReport).self) { (group) in
            for (index, edge) in edges.enumerated() {
                group.addTask { (index, await ask(edge, patience, client)) }
            }
            var reports: [(Int, EdgeReport)] = []
            for await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func ask(_ edge: String, _ patience: Int64, _ client: HTTPClient) async -> EdgeReport {
        struct Readiness: Decodable { var bundleSequence: UInt64 }
        let address: WebAddress
        do throws(WebAddressError) {
            address = try WebAddress(edge)
        } catch {
            return EdgeReport(edge: WebAddress.masked(edge), sequence: nil, problem: error.description)
        }
        let shown = address.description
        do {
            let response = try await client.execute(
                HTTPClientRequest(address.appending(path: "/readyz")), timeout: .seconds(patience))
            let body = try await response.body.collect(upTo: 1 << 16)
            guard let readiness = try? JSONDecoder().decode(Readiness.self, from: Data(body.readableBytesView)) else {
                let problem =
                    "/readyz is answered with HTTP status \(response.status.code), not by an edge; name the edge's own "
                    + "address, since a proxy in front of it need not pass that on"
                return EdgeReport(edge: shown, sequence: nil, problem: problem)
            }
            return EdgeReport(edge: shown, sequence: readiness.bundleSequence, problem: nil)
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            return EdgeReport(edge: shown, sequence: nil, problem: "it does not answer within \(patience) seconds")
        } catch is NIOTooManyBytesError {
            return EdgeReport(edge: shown, sequence: nil, problem: "/readyz is answered by something else than an edge")
        } catch {
            return EdgeReport(edge: shown, sequence: nil, problem: FetchError(error).description)
        }
    }
}
