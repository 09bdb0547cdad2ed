import Cryptography
import Encoding
import Trust

/// Who asks: the endpoint, and the client ID and secret of a custom service (Admin > Integration > LaunchPoint).
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

    /// Takes the three values from a file of lines `NAME=value`, with the names of the environment, and what is not
    /// there from the environment.
    ///
    /// - Parameter path: the file, of mode 0600. Nil for the environment alone.
    /// - Throws: ``MarketoError/missingCredentials(_:)``, ``MarketoError/secretFile(_:)``,
    ///   ``MarketoError/credentialsFile(path:line:)``, ``MarketoError/endpoint(_:)``.
    public init(file path: String?, environment: [String: String]) throws(MarketoError) {
        var values = environment.filter { Self.names.contains($0.key) }
        if let path { values.merge(try Self.read(path)) { $1.isEmpty ? $0 : $1 } }
        values = values.filter { !$0.value.isEmpty }
        let missing = Self.names.filter { values[$0] == nil }
        guard missing.isEmpty else { throw .missingCredentials(missing) }
        self.init(
            endpoint: try MarketoEndpoint(values[Self.endpointName] ?? ""), clientID: values[Self.clientIDName] ?? "",
            clientSecret: SecretBytes(copying: Array((values[Self.clientSecretName] ?? "").utf8).span))
    }

    private static func read(_ path: String) throws(MarketoError) -> [String: String] {
        let text: String
        do {
            text = try SecretFile.read(path).withSpan { (bytes) in
                String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
            }
        } catch {
            throw .secretFile(error)
        }
        var values: [String: String] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            // Never the line itself in the error: it may be the secret.
            guard let equals = line.firstIndex(of: "="), names.contains(String(line[..<equals])) else {
                throw .credentialsFile(path: path, line: index + 1)
            }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return values
    }
}

extension SecretBytes {
    /// For the one query that it has to stand in.
    var percentEncoded: String {
        withSpan { (bytes) in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }.percentEncoded
    }
}
