import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Distributions
import Fetching
import Files
import LinkToken
import NIOCore
import Trust

/// Reads the log of an edge over HTTP, at its listener for operations.
public struct EdgeLogReader: EdgeLogSource {
    private let edge: RemoteEdge
    private let registry: EdgeRegistry
    private let patience: Int

    /// - Parameters:
    ///   - edge: the edge whose log is read.
    ///   - registry: has the edge's key.
    ///   - patience: how many seconds each page may take.
    public init(_ edge: RemoteEdge, in registry: EdgeRegistry, patience: Int) {
        (self.edge, self.registry, self.patience) = (edge, registry, patience)
    }

    /// Checks that an edge may be asked at an address.
    ///
    /// Whoever sees the key can read the log. Therefore it is only sent by TLS, or to an address of this machine or of a
    /// private network, which is given as a number: a name may lead elsewhere tomorrow.
    ///
    /// - Throws: `WebAddressError` or `DistributionsError.invalid(what:value:expected:)`.
    public static func check(_ url: String) throws -> WebAddress {
        let address = try WebAddress(url)
        guard !address.hasCredentials else {
            throw DistributionsError.invalid(
                what: "address", value: address.description, expected: "one without user name and password")
        }
        guard address.isEncrypted || isLoopback(host: address.host) || isPrivate(host: address.host) else {
            throw DistributionsError.invalid(
                what: "address", value: address.description,
                expected: "https://, or http:// and an address of this machine or of a private network, such as"
                    + " http://10.0.0.11:9090: over http everybody on the network path could read the key")
        }
        return address
    }

    public func page(after position: LogPosition?) async throws(EdgeFetchError) -> EdgeLogAnswer {
        do {
            let address = try Self.check(edge.url)
            var request = HTTPClientRequest(
                address.appending(path: "/consumption" + (position.map { "?after=\($0)" } ?? "")))
            request.headers.replaceOrAdd(name: "Authorization", value: try registry.key(of: edge).authorization)
            let (client, asked) = (try FetchClient.trusting(edge.caFile), request)
            return try await within(seconds: patience) {
                try await Self.read(client.execute(asked, deadline: .distantFuture))
            }
        } catch let failure as EdgeFetchError {
            throw failure
        } catch is WebAddressError {
            throw .unreachable(reason: "its address can't be used")
        } catch let error as DistributionsError {
            throw .workspace(error)
        } catch let error as AuthoritiesError {
            throw .unreachable(reason: error.description)
        } catch {
            throw .unreachable(reason: FetchError(error).description)
        }
    }

    private static func read(_ response: HTTPClientResponse) async throws -> EdgeLogAnswer {
        switch response.status.code {
        case 200: break
        case 401: throw EdgeFetchError.keyRefused
        case 404:
            let problem = String(decoding: try await response.bytes(upTo: 1 << 14) ?? [], as: UTF8.self)
            throw problem.contains("\"store_shared\"") ? EdgeFetchError.storeShared : .notServed
        case 409: return .positionUnknown
        case 300..<400: throw FetchError.redirect(Int(response.status.code))
        default: throw FetchError.status(Int(response.status.code))
        }
        guard let end = response.headers.first(name: "Linkseal-Position").flatMap({ LogPosition($0) }),
            let remaining = response.headers.first(name: "Linkseal-Remaining").flatMap({ UInt64($0) })
        else { throw EdgeFetchError.invalidAnswer(reason: "it has no position") }
        guard let bytes = try await response.bytes(upTo: LogPage.byteLimit) else {
            throw EdgeFetchError.invalidAnswer(reason: "it is larger than a page")
        }
        return .page(bytes, end: end, remaining: remaining)
    }
}

extension EdgeRegistry {
    /// Fetches from edges, all at once.
    ///
    /// - Parameters:
    ///   - limit: seconds after which no further page is asked for; nil for none. What is left is for the next time.
    ///   - patience: how many seconds each page may take.
    /// - Returns: how each is known now, in their order.
    public func fetch(
        _ edges: [RemoteEdge], limit: Int? = nil, patience: Int, clock: @escaping @Sendable () -> UnixTime
    ) async throws -> [EdgeStanding] {
        let deadline = limit.map { ContinuousClock.now.advanced(by: .seconds($0)) }
        return try await withThrowingTaskGroup(of: (Int, EdgeStanding).self) { (group) in
            for (index, edge) in edges.enumerated() {
                group.addTask {
                    let source = EdgeLogReader(edge, in: self, patience: patience)
                    return (index, try await fetch(edge, from: source, until: deadline, clock: clock))
                }
            }
            var standings: [(Int, EdgeStanding)] = []
            for try await standing in group { standings.append(standing) }
            return standings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
