/// An access token, and until when it is good.
struct AccessToken: Hashable, Sendable {
    let text: String
    let expiresAt: Duration

    /// Marketo gives the same token out until it has run out, with what is left of its hour; so renewing it much
    /// earlier brings nothing.
    private static let margin = Duration.seconds(30)

    func isFresh(at now: Duration) -> Bool { now + Self.margin < expiresAt }
}

/// The answer of the identity service.
struct IdentityAnswer: Decodable {
    let accessToken: String?
    let expiresIn: Double?
    let error: String?
    let errorDescription: String?

    private enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case expiresIn = "expires_in"
        case error
        case errorDescription = "error_description"
    }
}
