import Cryptography
import Encoding

/// A contact's fields beyond name and address, in the one form that is hashed: names and values in NFC, sorted by the
/// bytes of the names.
public struct EmbeddedData: Hashable, Sendable {
    /// How guessing the data from its hash is prevented, or that nothing has to be.
    public enum Salt: Sendable {
        /// The data stays with the admin. Without the distribution's 32 secret bytes, whoever holds a link could try
        /// `churn_risk=high` against its hash.
        case sealed(SecretBytes)
        /// The data is in the link for all to read.
        case inLink
    }

    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: String
    }

    /// In the order of the bytes of the names.
    public let fields: [Field]

    /// - Throws: ``DuplicateFieldError`` when two names are the same in NFC.
    public init(_ fields: some Sequence<(name: String, value: String)>) throws(DuplicateFieldError) {
        try self.init(Array(fields))
    }

    // Not generic, so that it is compiled once, for minting a million.
    /// - Throws: ``DuplicateFieldError`` when two names are the same in NFC.
    public init(_ fields: [(name: String, value: String)]) throws(DuplicateFieldError) {
        var sorted = fields.map {
            Field(name: $0.name.normalizationFormC, value: $0.value.normalizationFormC)
        }
        sorted.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (field, next) in zip(sorted, sorted.dropFirst()) where field.name.utf8.elementsEqual(next.name.utf8) {
            throw DuplicateFieldError(name: field.name)
        }
        self.fields = sorted
    }

    public var isEmpty: Bool { fields.isEmpty }

    /// The hash that a link carries, or nil if there are no fields.
    public func hash(for nonce: Nonce, salt: Salt) -> EmbeddedDataHash? {
        isEmpty ? nil : commitment(for: nonce, salt: salt)
    }

    /// The hash of any set of fields, the empty one included.
    package func commitment(for nonce: Nonce, salt: Salt) -> EmbeddedDataHash {
        var message = Array("linkseal data v1\0".utf8)
        message.append(bigEndian: nonce.distribution.rawValue)
        message.append(bigEndian: nonce.serial.rawValue)
        var digest = SHA256()
        digest.update(message.span)
        if case .sealed(let secret) = salt { secret.withSpan { digest.update($0) } }
        message.removeAll(keepingCapacity: true)
        for field in fields {
            message.appendLengthPrefixed(field.name)
            message.appendLengthPrefixed(field.value)
        }
        digest.update(message.span)
        let hash = digest.finalize()
        return EmbeddedDataHash(high: hash.span.bigEndian(at: 0), low: hash.span.bigEndian(at: 8))
    }
}

/// Two fields of embedded data have the same name.
public struct DuplicateFieldError: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public var description: String { "two fields of embedded data have the name \"\(name)\"; rename one of them" }
}

/// The hash of a contact's embedded data: the first 16 bytes of a salted SHA-256.
public struct EmbeddedDataHash: Hashable, Sendable {
    public static let byteCount = 16

    let high: UInt64
    let low: UInt64
}

extension EmbeddedDataHash: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { high.hexadecimal + low.hexadecimal }
}

extension [UInt8] {
    fileprivate mutating func appendLengthPrefixed(_ text: String) {
        append(bigEndian: UInt32(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
