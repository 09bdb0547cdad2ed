import Cryptography
import Distributions
import Encoding
import Trust

/// The endpoint, and the client ID and secret of a custom service (Admin > Integration > LaunchPoint).
public struct MarketoCredentials: Sendable {
    public let endpoint: MarketoEndpoint
    let clientID: String
    let clientSecret: SecretBytes

    static let endpointName = "LINKSEAL_MARKETO_ENDPOINT"
    static let clientIDName = "LINKSEAL_MARKETO_CLIENT_ID"
    static let clientSecretName = "LINKSEAL_MARKETO_CLIENT_SECRET"
    static let names = [endpointName, clientIDName, clientSecretName]

    public init(endpoint: MarketoEndpoint, clientID: String, clientSecret: SecretBytes) {
        self.endpoint = endpoint
        self.clientID = clientID
        self.clientSecret = clientSecret
    }

    /// - Throws: ``MarketoError/endpoint(_:)``, `SourceCredentialsError`.
    public init(_ credentials: SourceCredentials) throws {
        let values = try credentials.values(of: Self.names)
        self.init(endpoint: try MarketoEndpoint(values[0].text), clientID: values[1].text, clientSecret: values[2])
    }
}

extension SecretBytes {
    /// For the one query that has to contain it.
    var percentEncoded: String { text.percentEncoded }
}
