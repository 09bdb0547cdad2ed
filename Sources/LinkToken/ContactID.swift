/// The identity of a contact: 1 to 64 bytes of UTF-8 without control characters.
///
/// Anyone can read it in the link, so it should be a number of a list and not an e-mail address.
public struct ContactID: Hashable, Sendable {
    public static let byteCountLimit = 64

    public let text: String

    /// - Throws: what is wrong with the text.
    public init(_ text: String) throws(ContactIDError) {
        var text = text
        text.makeContiguousUTF8()
        if let fault = text.utf8.withContiguousStorageIfAvailable({ Self.fault(in: $0) }) ?? nil { throw fault }
        self.text = text
    }

    /// - Throws: what is wrong with the bytes.
    init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(ContactIDError) {
        if let fault = Self.fault(in: bytes) { throw fault }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        self.text = text
    }

    private static func fault(in bytes: UnsafeBufferPointer<UInt8>) -> ContactIDError? {
        guard !bytes.isEmpty else { return .empty }
        guard bytes.count <= byteCountLimit else { return .tooLong(byteCount: bytes.count) }
        for (index, byte) in bytes.enumerated() {
            // C0 and DEL are single bytes; C1 (U+0080 to U+009F) is 0xC2 and a byte below 0xA0.
            let isC1 = byte == 0xC2 && index + 1 < bytes.count && bytes[index + 1] < 0xA0
            if byte < 0x20 || byte == 0x7F || isC1 { return .controlCharacter(byteOffset: index) }
        }
        return nil
    }

    public static func == (lhs: ContactID, rhs: ContactID) -> Bool {
        // By bytes: Swift's strings are equal under canonical equivalence, contact IDs are not.
        lhs.text.utf8.elementsEqual(rhs.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension ContactID: CustomStringConvertible {
    public var description: String { text }
}

/// What is wrong with a contact ID.
public enum ContactIDError: Error, Hashable, Sendable {
    case empty
    case tooLong(byteCount: Int)
    case controlCharacter(byteOffset: Int)
    case notUTF8
}

extension ContactIDError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "a contact ID can't be empty"
        case .tooLong(let count):
            "a contact ID has at most \(ContactID.byteCountLimit) bytes of UTF-8, this has \(count)"
        case .controlCharacter(let offset):
            "a contact ID can't have a control character, this has one at byte \(offset + 1)"
        case .notUTF8: "a contact ID is UTF-8"
        }
    }
}
