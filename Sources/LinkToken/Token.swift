import Cryptography
import Encoding

/// A token that was parsed: its layout is right, its signature was not checked yet.
///
/// ```swift
/// let token = try Token(parsing: path.dropFirst("/l/".count))
/// let link = try token.verify(against: bundle, at: now)
/// ```
///
/// Parsing is total: any bytes give a token or a ``LinkRefusal``. The format is in <doc:TokenFormat>.
public struct Token: Sendable {
    /// The length of the longest text, in characters.
    public static let textCountLimit = Base64URL.encodedCount(of: TokenLayout.byteCountLimit)

    /// The prefix of the signed message, then the token's bytes: what is signed lies in one piece.
    let storage: [UInt8]
    /// The key that the token says it was signed with.
    public let keyID: KeyID
    /// What the token says, by nobody's word but its own. Only a ``VerifiedLink`` has claims to act upon.
    public let unverifiedClaims: Claims

    /// - Throws: ``LinkRefusal/text(_:)``, ``LinkRefusal/version(_:)`` or ``LinkRefusal/layout(_:)``.
    public init(parsing text: some StringProtocol) throws(LinkRefusal) {
        var text = String(text)
        let parsed = text.withUTF8 { (bytes) in
            Result { () throws(LinkRefusal) in try Token(parsing: bytes.span) }
        }
        self = try parsed.get()
    }

    /// - Throws: ``LinkRefusal/text(_:)``, ``LinkRefusal/version(_:)`` or ``LinkRefusal/layout(_:)``.
    public init(parsing text: Span<UInt8>) throws(LinkRefusal) {
        guard text.count > 0 else { throw .text(.empty) }
        guard text.count <= Self.textCountLimit else { throw .text(.tooLong(count: text.count)) }
        var storage: [UInt8] = []
        storage.reserveCapacity(TokenLayout.prefix.count + TokenLayout.byteCountLimit)
        storage.append(contentsOf: TokenLayout.prefix)
        do {
            try Base64URL.decode(text, appendingTo: &storage)
        } catch {
            throw .text(.encoding(error))
        }
        (keyID, unverifiedClaims) = try TokenLayout.parse(storage.span.extracting(TokenLayout.prefix.count...))
        self.storage = storage
    }

    /// Signs the claims.
    ///
    /// With Ed25519 the same claims and the same key give the same token. With P-256 they give another signature each
    /// time, of the same nonce.
    ///
    /// - Throws: `CryptographyError` if OpenSSL can't sign.
    public init(minting claims: Claims, with key: PrivateKey) throws(CryptographyError) {
        var storage: [UInt8] = []
        storage.reserveCapacity(TokenLayout.prefix.count + TokenLayout.byteCountLimit)
        storage.append(contentsOf: TokenLayout.prefix)
        TokenLayout.appendPayload(of: claims, keyID: key.id, to: &storage)
        let signature = try key.signature(for: storage.span)
        for index in signature.bytes.indices { storage.append(signature.bytes[index]) }
        self.storage = storage
        self.keyID = key.id
        self.unverifiedClaims = claims
    }

    /// The token as it appears in a link. A bearer secret until the survey is finished: never log it.
    public var text: String {
        Base64URL.encode(storage.span.extracting(TokenLayout.prefix.count...))
    }

    /// Whether the token was signed by the key.
    func isSigned(by key: PublicKey) throws(CryptographyError) -> Bool {
        let span = storage.span
        let messageCount = span.count - Signature.byteCount
        guard let signature = Signature(span.extracting(messageCount...)) else { return false }
        return try key.isValidSignature(signature, for: span.extracting(..<messageCount))
    }
}

extension Token: CustomStringConvertible {
    /// Names the link and the key; a token's text never gets into a log by interpolation.
    public var description: String { "token of link \(unverifiedClaims.nonce), key \(keyID)" }
}
