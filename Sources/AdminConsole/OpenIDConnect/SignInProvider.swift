import AsyncHTTPClient
import Cryptography
import Encoding
import Fetching
import Files
import FoundationEssentials
import LinkToken
import NIOCore
import NIOFoundationEssentialsCompat

/// An OpenID Connect provider that users sign in with: the authorization code flow (OpenID Connect Core 1.0 §3.1) with
/// PKCE (RFC 7636). Second factors are the provider's.
public struct SignInProvider: Sendable {
    /// As the provider writes it in its tokens.
    public let issuer: String
    let clientID: String
    private let clientSecret: SecretBytes
    private let roleClaim: String
    private let roles: [String: Role]

    /// - Parameters:
    ///   - issuer: the provider's address, below which its discovery document is: `https:`, or `http:` of this machine.
    ///   - clientID: the name of the console there.
    ///   - clientSecret: what the console proves that with.
    ///   - roleClaim: the claim of the ID token that has the user's roles or groups: a text or an array of texts. Dots lead
    ///     into objects, as in `realm_access.roles`.
    ///   - roles: what the values of the claim mean here.
    /// - Throws: ``ConsoleRefusal/provider(reason:)`` for an issuer that can't be one.
    public init(
        issuer: String, clientID: String, clientSecret: SecretBytes, roleClaim: String, roles: [String: Role]
    ) throws {
        let address = try? WebAddress(issuer)
        guard let address, !address.hasCredentials, !issuer.contains("?"), !issuer.contains("#"),
            address.isEncrypted || isLoopback(host: address.host)
        else {
            throw ConsoleRefusal.provider(
                reason: "\(WebAddress.masked(issuer)) can't be an issuer; expected https:// and a host")
        }
        (self.issuer, self.clientID, self.clientSecret) = (issuer, clientID, clientSecret)
        (self.roleClaim, self.roles) = (roleClaim, roles)
    }

    /// What people know it by.
    var name: String { (try? WebAddress(issuer))?.host ?? issuer }

    // MARK: Discovery

    /// OpenID Connect Discovery 1.0 §3, as far as it is used.
    struct Metadata: Decodable, Sendable {
        let issuer: String
        let authorizationEndpoint: String
        let tokenEndpoint: String
        let jwksUri: String
        let tokenEndpointAuthMethodsSupported: [String]?
    }

    /// - Throws: ``ConsoleRefusal/provider(reason:)``.
    func metadata(_ client: HTTPClient) async throws -> Metadata {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let address = try WebAddress(base + "/.well-known/openid-configuration")
        let metadata: Metadata = try await ask(HTTPClientRequest(address), for: "its discovery document", client)
        guard metadata.issuer == issuer else {
            throw ConsoleRefusal.provider(
                reason: "its discovery document is for the issuer \(metadata.issuer), and not for \(issuer)")
        }
        for endpoint in [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.jwksUri] {
            let address = try? WebAddress(endpoint)
            guard let address, address.isEncrypted || isLoopback(host: address.host) else {
                throw ConsoleRefusal.provider(reason: "one of its endpoints is not encrypted")
            }
        }
        return metadata
    }

    // MARK: The code

    /// A sign-in that the provider has to answer.
    struct Attempt: Sendable {
        let state: String
        let nonce: String
        let verifier: String
        let redirectURI: String
        let next: ConsolePath?
        let unsent: UnsentForm?
        let beganAt: UnixTime

        init(redirectURI: String, next: ConsolePath?, unsent: UnsentForm?, at now: UnixTime) throws {
            (state, nonce, verifier) = (try randomText(32), try randomText(32), try randomText(32))
            (self.redirectURI, self.next, self.unsent, beganAt) = (redirectURI, next, unsent, now)
        }
    }

    /// Where a browser is sent to sign in.
    func address(for attempt: Attempt, _ metadata: Metadata) -> String {
        let verifier = Array(attempt.verifier.utf8)
        let challenge = SHA256.hash(verifier.span)
        let query = Self.form([
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", attempt.redirectURI),
            ("scope", "openid profile"), ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", Base64URL.encode(challenge.span)), ("code_challenge_method", "S256"),
        ])
        let endpoint = metadata.authorizationEndpoint
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    /// Who signed in, by the code that the provider gave the browser.
    ///
    /// - Throws: ``ConsoleRefusal/provider(reason:)``, or ``ConsoleRefusal/noRoleFromProvider(user:)``.
    func user(
        by code: String, of attempt: Attempt, _ metadata: Metadata, _ client: HTTPClient, at now: UnixTime
    ) async throws -> (name: String, role: Role) {
        var request = HTTPClientRequest(try WebAddress(metadata.tokenEndpoint))
        request.method = .POST
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", attempt.redirectURI),
            ("code_verifier", attempt.verifier),
        ]
        let secret = clientSecret.withSpan { (bytes) in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
        // The default is Basic authentication, with both parts encoded as in a form (RFC 6749 §2.3.1).
        if metadata.tokenEndpointAuthMethodsSupported?.contains("client_secret_basic") ?? true {
            let credentials = Array("\(clientID.percentEncoded):\(secret.percentEncoded)".utf8)
            request.headers.add(name: "Authorization", value: "Basic " + Base64.encode(credentials.span))
        } else {
            fields += [("client_id", clientID), ("client_secret", secret)]
        }
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: Self.form(fields)))
        struct Tokens: Decodable { let idToken: String }
        let tokens: Tokens = try await ask(request, for: "the user's tokens", client)
        let token = try IDToken(tokens.idToken, roleClaim: roleClaim)
        let keys: WebKeySet = try await ask(
            HTTPClientRequest(WebAddress(metadata.jwksUri)), for: "its keys", client)
        try token.checkSignature(keys)
        try token.check(issuer: issuer, clientID: clientID, nonce: attempt.nonce, at: now)
        let user = token.userName
        guard let role = token.roles.compactMap({ roles[$0] }).max() else {
            throw ConsoleRefusal.noRoleFromProvider(user: user)
        }
        return (user, role)
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { $0.0.percentEncoded + "=" + $0.1.percentEncoded }.joined(separator: "&")
    }

    private func ask<Answer: Decodable & Sendable>(
        _ request: HTTPClientRequest, for what: String, _ client: HTTPClient
    ) async throws -> Answer {
        var request = request
        request.headers.add(name: "Accept", value: "application/json")
        let asked = request
        do {
            return try await within(seconds: 10) {
                let response = try await client.execute(asked, deadline: .distantFuture)
                let bytes = try await response.bytes(upTo: 1 << 18)
                guard response.status.code == 200 else { throw FetchError.status(Int(response.status.code)) }
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                guard let bytes, let answer = try? decoder.decode(Answer.self, from: Data(bytes)) else {
                    throw FetchError.other("the answer is not what OpenID Connect describes")
                }
                return answer
            }
        } catch {
            throw ConsoleRefusal.provider(reason: "asking it for \(what) failed: \(FetchError(error))")
        }
    }
}
