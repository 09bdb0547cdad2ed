import AsyncHTTPClient
import Cryptography
import Distributions
import Fetching
import LinkToken
import NIOCore
import Trust

/// Finds out whether links with a base URL, signed by a key, are opened by an edge.
///
/// It asks for a link of a distribution that doesn't exist, which expired a day ago. If the link is signed with the key, an
/// edge that trusts the key answers 410 (expired); if it is signed with an unknown key, 404 (no such link). Only an edge of
/// this workspace gives both answers. Nothing is recorded or used up, since a GET never does that.
public struct EdgeCheck: Sendable {
    private let base: LinkBaseURL
    private let client: HTTPClient
    private var prefix: String { base.text }

    /// - Parameters:
    ///   - base: the beginning of the links.
    ///   - edge: where the edge is reached if not at the base URL. Its path is ignored.
    ///   - client: asks the edge. It must not follow redirects.
    /// - Throws: `DistributionsError.invalid(what:value:expected:)` if the edge's address can't be used.
    public init(
        of base: LinkBaseURL, at edge: String? = nil, client: HTTPClient = FetchClient.system
    ) throws(DistributionsError) {
        self.base = if let edge { try LinkBaseURL(LinkBaseURL(edge).origin + base.path) } else { base }
        self.client = client
    }

    /// - Throws: ``EdgeCheckError`` if no edge opens the links, or it doesn't say.
    public func run(signedBy key: PrivateKey, at now: UnixTime) async throws {
        try await expect(410, of: try expiredLink(signedBy: key, at: now))
        let unknown = try PrivateKey.generate(key.publicKey.algorithm)
        try await expect(404, of: try expiredLink(signedBy: unknown, at: now))
    }

    private func expiredLink(signedBy key: PrivateKey, at now: UnixTime) throws -> String {
        let claims = Claims(
            nonce: Nonce(distribution: try .random(), serial: Serial(rawValue: 0)), epoch: .initial,
            expiry: UnixTime(rawValue: now.rawValue - 86400), embeddedDataHash: nil, contactID: try ContactID("check"))
        return prefix + (try Token(minting: claims, with: key)).text
    }

    private func expect(_ status: UInt, of link: String) async throws {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(HTTPClientRequest(url: link), timeout: .seconds(10))
        } catch {
            throw EdgeCheckError.unreachable(prefix, reason: FetchError(error).description)
        }
        if response.status.code != status { throw error(for: response) }
    }

    private func error(for response: HTTPClientResponse) -> EdgeCheckError {
        switch response.status.code {
        case 301, 302, 307, 308:
            // Without the token.
            let target = response.headers.first(name: "Location").map {
                String($0.prefix(upTo: $0.lastIndex(of: "/") ?? $0.endIndex)) + "/"
            }
            return .redirected(prefix, to: target ?? "nowhere")
        case 404:
            return base == base.atServedPath
                ? .linksUnknown(prefix) : .wrongPath(prefix, served: base.atServedPath.text)
        case 429, 503: return .busy(prefix, status: Int(response.status.code))
        case let status: return .notAnEdge(prefix, status: Int(status))
        }
    }
}

/// Why no edge is known to open links.
public enum EdgeCheckError: Error, Hashable, Sendable {
    case unreachable(String, reason: String)
    case redirected(String, to: String)
    /// Nothing serves links at that path, but edges do at another.
    case wrongPath(String, served: String)
    /// There may be no edge at the address, or the edge may lack the key.
    case linksUnknown(String)
    case busy(String, status: Int)
    case notAnEdge(String, status: Int)
}

extension EdgeCheckError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let address, let reason):
            "\(address) can't be reached (\(reason)); start the edge, or check the address"
        case .redirected(let address, let target):
            "\(address) redirects to \(target); give the address that it leads to"
        case .wrongPath(let address, let served):
            "no edge serves links at \(address) (HTTP status 404); try \(served)"
        case .linksUnknown(let address):
            "\(address) does not know this workspace's links (HTTP status 404): either no edge serves that address, or the "
                + "edge has not got the key yet; check the address, and publish the trust bundle"
        case .busy(let address, let status):
            "the edge at \(address) can't answer now (HTTP status \(status)); try again later"
        case .notAnEdge(let address, let status):
            "\(address) does not answer as an edge does (HTTP status \(status)); check the address"
        }
    }
}
