import Cryptography

/// The bytes of a token, as <doc:TokenFormat> lays them out.
enum TokenLayout {
    /// What is signed begins with this, so that nothing else that the key signs can be taken for a link.
    static let prefix = Array("linkseal link v1\0".utf8)

    private static let versionWithoutHash: UInt8 = 0x2C
    private static let versionWithHash: UInt8 = 0x2D
    private static let fixedCount = 23

    /// A contact ID of one byte without a hash.
    static let smallestByteCount = fixedCount + 1 + Signature.byteCount

    /// A contact ID of 64 bytes with a hash, which needs no filler.
    static let byteCountLimit =
        fixedCount + EmbeddedDataHash.byteCount + ContactID.byteCountLimit + Signature.byteCount

    static func appendPayload(of claims: Claims, keyID: KeyID, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(claims.embeddedDataHash == nil ? versionWithoutHash : versionWithHash)
        bytes.append(bigEndian: keyID.rawValue)
        bytes.append(bigEndian: claims.nonce.distribution.rawValue)
        bytes.append(bigEndian: claims.nonce.serial.rawValue)
        bytes.append(bigEndian: claims.epoch.rawValue)
        bytes.append(bigEndian: claims.expiry.rawValue)
        if let hash = claims.embeddedDataHash {
            bytes.append(bigEndian: hash.high)
            bytes.append(bigEndian: hash.low)
        }
        bytes.append(contentsOf: claims.contactID.text.utf8)
        if needsFiller(bytes.count - start + Signature.byteCount) { bytes.append(0) }
    }

    static func parse(_ bytes: Span<UInt8>) throws(LinkRefusal) -> (KeyID, Claims) {
        guard bytes.count > 0 else { throw .text(.empty) }
        let hasHash: Bool
        switch bytes[0] {
        case versionWithHash: hasHash = true
        case versionWithoutHash: hasHash = false
        case let version: throw .version(version)
        }
        let contactStart = fixedCount + (hasHash ? EmbeddedDataHash.byteCount : 0)
        var contactEnd = bytes.count - Signature.byteCount
        guard contactEnd > contactStart else { throw .layout(.tooShort(byteCount: bytes.count)) }
        guard bytes.count % 3 != 0 else { throw .layout(.fillerMissing) }
        if bytes[contactEnd - 1] == 0 {
            guard needsFiller(bytes.count - 1) else { throw .layout(.fillerMisplaced) }
            contactEnd -= 1
        }
        guard let distribution = DistributionID(rawValue: bytes.bigEndian(at: 5)) else {
            throw .layout(.distributionZero)
        }
        let contact = bytes.extracting(contactStart..<contactEnd)
        let contactID: ContactID
        do {
            contactID = try contact.withUnsafeBufferPointer { (buffer) throws(ContactIDError) in
                try ContactID(utf8: buffer)
            }
        } catch {
            throw .layout(.contactID(error))
        }
        let claims = Claims(
            nonce: Nonce(distribution: distribution, serial: Serial(rawValue: bytes.bigEndian(at: 13))),
            epoch: Epoch(rawValue: bytes.bigEndian(at: 17)),
            expiry: UnixTime(rawValue: bytes.bigEndian(at: 19)),
            embeddedDataHash: hasHash
                ? EmbeddedDataHash(high: bytes.bigEndian(at: 23), low: bytes.bigEndian(at: 31)) : nil,
            contactID: contactID)
        return (KeyID(rawValue: bytes.bigEndian(at: 1)), claims)
    }

    private static func needsFiller(_ countWithout: Int) -> Bool { countWithout % 3 == 0 }
}

/// What is wrong with the bytes of a token.
public enum LayoutError: Error, Hashable, Sendable {
    case tooShort(byteCount: Int)
    /// The length is a multiple of three, which the filler would have avoided.
    case fillerMissing
    /// There is a zero byte before the signature where the length does not ask for one.
    case fillerMisplaced
    case distributionZero
    case contactID(ContactIDError)
}

extension LayoutError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooShort(let count): "it has only \(count) bytes"
        case .fillerMissing: "its length is wrong for a token"
        case .fillerMisplaced: "it has a misplaced filler"
        case .distributionZero: "it names no distribution"
        case .contactID(let fault): fault.description
        }
    }
}
