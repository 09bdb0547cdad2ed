import Cryptography
import Encoding

/// The receipt of a start: it lets a survey tool report the end of a response without holding the link.
///
/// It is stateless: the edge that checks it need not be the one that issued it, as long as they share a
/// ``SessionKeyring``. The format is in <doc:TokenFormat>.
public struct SessionReceipt: Hashable, Sendable {
    /// The link that was started.
    public let nonce: Nonce
    /// When it was started.
    public let startedAt: UnixTime
    /// The link's epoch: who lets a session in refuses those of deleted links.
    public let epoch: Epoch

    public init(nonce: Nonce, startedAt: UnixTime, epoch: Epoch) {
        self.nonce = nonce
        self.startedAt = startedAt
        self.epoch = epoch
    }

    static let prefix = Array("linkseal session v1\0".utf8)
    static let version: UInt8 = 0x4B
    static let byteCount = 36
    static let tagCount = 16

    /// The signed part, behind the prefix.
    func message(keyHint: UInt8) -> [UInt8] {
        var bytes = Self.prefix
        bytes.append(Self.version)
        bytes.append(keyHint)
        bytes.append(bigEndian: nonce.distribution.rawValue)
        bytes.append(bigEndian: nonce.serial.rawValue)
        bytes.append(bigEndian: startedAt.rawValue)
        bytes.append(bigEndian: epoch.rawValue)
        return bytes
    }

    /// Characters of a receipt's text, 48. A token has more.
    public static let characterCount = Base64URL.encodedCount(of: byteCount)

    /// The receipt that the text says it is, by nobody's word but its own: for reading an export of responses, where
    /// the session key is not at hand.
    ///
    /// - Throws: ``SessionRefusal`` when the text isn't a receipt.
    public init(unverified text: some StringProtocol) throws(SessionRefusal) {
        self = try Self.parse(text).receipt
    }

    static func parse(
        _ text: some StringProtocol
    ) throws(SessionRefusal) -> (receipt: SessionReceipt, keyHint: UInt8, bytes: [UInt8]) {
        let text = Array(text.utf8)
        guard !text.isEmpty else { throw .text(.empty) }
        guard text.count <= characterCount else { throw .text(.tooLong(count: text.count)) }
        var bytes: [UInt8] = []
        do {
            try Base64URL.decode(text.span, appendingTo: &bytes)
        } catch {
            throw .text(.encoding(error))
        }
        guard let version = bytes.first, version == Self.version else { throw .version }
        let span = bytes.span
        guard bytes.count == byteCount, let distribution = DistributionID(rawValue: span.bigEndian(at: 2)) else {
            throw .layout
        }
        let receipt = SessionReceipt(
            nonce: Nonce(distribution: distribution, serial: Serial(rawValue: span.bigEndian(at: 10))),
            startedAt: UnixTime(rawValue: span.bigEndian(at: 14)), epoch: Epoch(rawValue: span.bigEndian(at: 18)))
        return (receipt, bytes[1], bytes)
    }
}

/// The session keys that a group of edges shares. The first issues; all are accepted, so that keys can be changed while
/// people answer surveys.
public struct SessionKeyring: Sendable {
    /// Bytes of a session key.
    public static let keyByteCount = 32

    private struct Key: Sendable {
        let hint: UInt8
        let hmac: HMACSHA256
    }

    private let keys: [Key]

    /// - Parameters:
    ///   - current: the key that issues, 32 bytes.
    ///   - previous: keys that are still accepted.
    /// - Throws: `CryptographyError.malformedKey(reason:)` if a key is not 32 bytes long.
    public init(current: SecretBytes, previous: [SecretBytes] = []) throws(CryptographyError) {
        var keys: [Key] = []
        for secret in [current] + previous {
            guard secret.count == Self.keyByteCount else {
                throw .malformedKey(reason: "a session key has \(Self.keyByteCount) bytes, this has \(secret.count)")
            }
            let hint = secret.withSpan { SHA256.hash($0)[0] }
            keys.append(Key(hint: hint, hmac: try HMACSHA256(key: secret)))
        }
        self.keys = keys
    }

    /// The text of the receipt: 48 characters.
    public func issue(_ receipt: SessionReceipt) throws(CryptographyError) -> String {
        let key = keys[0]
        var bytes = receipt.message(keyHint: key.hint)
        let tag = try key.hmac.tag(for: bytes.span)
        for index in 0..<SessionReceipt.tagCount { bytes.append(tag[index]) }
        return Base64URL.encode(bytes.span.extracting(SessionReceipt.prefix.count...))
    }

    /// The receipt, if one of the keys issued it.
    public func verify(_ text: some StringProtocol) throws(SessionRefusal) -> SessionReceipt {
        let (receipt, hint, bytes) = try SessionReceipt.parse(text)
        let candidates = keys.filter { $0.hint == hint }
        guard !candidates.isEmpty else { throw .keyUnknown }
        let message = receipt.message(keyHint: hint)
        let given = bytes.span.extracting((SessionReceipt.byteCount - SessionReceipt.tagCount)...)
        for key in candidates {
            guard let tag = try? key.hmac.tag(for: message.span) else { continue }
            if constantTimeEqual(tag.span.extracting(..<SessionReceipt.tagCount), given) { return receipt }
        }
        throw .tag
    }
}

/// Why a session receipt is refused.
public enum SessionRefusal: Error, Hashable, Sendable {
    case text(CredentialTextError)
    case version
    case layout
    /// No key that is known here issued it.
    case keyUnknown
    case tag

    /// The stable name of the refusal.
    public var code: String {
        switch self {
        case .text: "text_invalid"
        case .version: "version_unknown"
        case .layout: "layout_invalid"
        case .keyUnknown: "session_key_unknown"
        case .tag: "session_invalid"
        }
    }
}

extension SessionRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .text(let fault): "this is not a whole session: \(fault)"
        case .version, .layout: "this is not a session of linkseal"
        case .keyUnknown:
            "the session was issued under a key that is unknown here; give every edge the same session key"
        case .tag: "the session was changed or forged"
        }
    }
}
