import ArgumentParser
import AsyncHTTPClient
import Cryptography
import Distributions
import LinkToken
import NIOCore

struct EdgeCheckOptions: ParsableArguments {
    @Option(
        defaultAsFlag: "",
        help: ArgumentHelp(
            """
            Make links only if an edge opens them: the one at the base URL, or at another address. It is asked about an \
            expired link, which uses up nothing.
            """, valueName: "url"))
    var checkEdge: String?

    /// - Returns: whether an edge was asked, and opens the links.
    func run(of base: LinkBaseURL, signedBy key: PrivateKey, at now: UnixTime) async throws -> Bool {
        guard let checkEdge else { return false }
        try await EdgeCheck(of: base, at: checkEdge.isEmpty ? nil : checkEdge).run(signedBy: key, at: now)
        return true
    }
}

/// Finds out whether links with a base URL, signed by a key, are opened by an edge.
///
/// It asks for a link that expired a day ago, of a distribution that there is not. An edge that trusts the key answers that
/// the link is over (410), and to the same link from a key that nobody knows, that there is no such link (404). Only an edge
/// of this workspace gives both answers. Nothing is recorded or used up: a GET never does that.
struct EdgeCheck {
    private let base: LinkBaseURL
    private var prefix: String { base.text }

    /// - Parameter edge: where the edge is reached, when not at the base URL. Its path does not count.
    init(of base: LinkBaseURL, at edge: String?) throws {
        guard let edge else {
            self.base = base
            return
        }
        do {
            self.base = try LinkBaseURL(LinkBaseURL(edge).origin + base.path)
        } catch {
            throw CommandError("--check-edge \"\(edge)\" can't be used; expected http:// or https:// with a host")
        }
    }

    /// - Throws: ``CommandError`` when no edge opens the links, or it does not say.
    func run(signedBy key: PrivateKey, at now: UnixTime) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await expect(410, of: try expiredLink(signedBy: key, at: now), client)
            let unknown = try PrivateKey.generate(key.publicKey.algorithm)
            try await expect(404, of: try expiredLink(signedBy: unknown, at: now), client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func expiredLink(signedBy key: PrivateKey, at now: UnixTime) throws -> String {
        let claims = Claims(
            nonce: Nonce(distribution: try .random(), serial: Serial(rawValue: 0)), epoch: .initial,
            expiry: UnixTime(rawValue: now.rawValue - 86400), embeddedDataHash: nil, contactID: try ContactID("check"))
        return prefix + (try Token(minting: claims, with: key)).text
    }

    private func expect(_ status: UInt, of link: String, _ client: HTTPClient) async throws {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(HTTPClientRequest(url: link), timeout: .seconds(10))
        } catch {
            throw CommandError(
                "no links were made: \(prefix) can't be reached (\(error)); start the edge, or check the address")
        }
        let found = response.status.code
        if found != status { throw CommandError("no links were made: " + explanation(of: response)) }
    }

    private func explanation(of response: HTTPClientResponse) -> String {
        switch response.status.code {
        case 301, 302, 307, 308:
            // Without the token.
            let target = response.headers.first(name: "Location").map {
                $0.prefix(upTo: $0.lastIndex(of: "/") ?? $0.endIndex)
            }
            return "\(prefix) redirects to \(target.map { $0 + "/" } ?? "nowhere"); give the address that it leads to"
        case 404:
            if base != base.atServedPath {
                return "no edge serves links at \(prefix) (HTTP status 404); try \(base.atServedPath.text)"
            }
            return """
                \(prefix) does not know this workspace's links (HTTP status 404): either no edge serves that address, or the \
                edge has not got the key yet; check the address, and run `linkseal publish`
                """
        case 429, 503:
            return "the edge at \(prefix) can't answer now (HTTP status \(response.status.code)); try again later"
        case let status:
            return "\(prefix) does not answer as an edge does (HTTP status \(status)); check the address"
        }
    }
}
