import Cryptography
import Encoding
import LinkToken

extension TrustBundle {
    /// What the root key signs begins with this, so that no link and no other document can be taken for a bundle.
    static let signaturePrefix = Array("linkseal bundle v1\0".utf8)
    static let headerName = "linkseal-bundle"

    /// The bundle as edges take it: one line with the root key's ID and its signature, then the JSON that it is of.
    ///
    /// One file and not two, because two can't be replaced in one step.
    public func signed(by root: PrivateKey) throws(TrustError) -> [UInt8] {
        let json = try BundleDocument.json(of: self)
        let signature: Signature
        do {
            signature = try root.signature(for: (Self.signaturePrefix + json).span)
        } catch {
            throw .cryptography(error)
        }
        let header = "\(Self.headerName) \(root.id) \(Base64URL.encode(signature.bytes.span))\n"
        return Array(header.utf8) + json
    }
}

/// A bundle whose signature was checked against a pinned root key: what an edge trusts links by.
///
/// It is a value that never changes, made once for each publication; looking a key or a distribution up takes no lock.
public final class VerifiedBundle: Sendable {
    /// 64 MiB: some 300,000 distributions. More is refused before it is read.
    public static let byteCountLimit = 64 << 20

    public let bundle: TrustBundle
    /// The root key that signed it.
    public let root: PublicKey
    private let keys: [KeyID: KeyTrust]
    /// Places in the bundle's list: the distributions themselves are held once.
    private let places: [DistributionID: Int32]

    /// Checks the signature and reads the document, in this order: nothing of an unsigned document is used.
    ///
    /// ```swift
    /// let bundle = try VerifiedBundle(opening: bytes.span, root: PublicKey(contentsOf: "root.pub.pem"))
    /// ```
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - root: the pinned root key.
    /// - Throws: ``TrustError/malformedBundle(reason:)``, ``TrustError/wrongRoot(found:pinned:)``,
    ///   ``TrustError/bundleSignature``, ``TrustError/unknownBundleFormat(_:)`` and others of that enum.
    public convenience init(opening bytes: Span<UInt8>, root: PublicKey) throws(TrustError) {
        try self.init(opening: bytes, roots: [root])
    }

    /// The same where a next root key was introduced: one of the two must have signed.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - roots: not empty; an error names the first.
    public convenience init(opening bytes: Span<UInt8>, roots: [PublicKey]) throws(TrustError) {
        guard bytes.count <= Self.byteCountLimit else { throw .bundleTooLarge(limit: Self.byteCountLimit) }
        let header = try Self.header(of: bytes)
        guard let root = roots.first(where: { $0.id == header.root }) else {
            throw .wrongRoot(found: header.root, pinned: roots[0].id)
        }
        var message = TrustBundle.signaturePrefix
        message.reserveCapacity(message.count + bytes.count - header.count)
        bytes.extracting(header.count...).withUnsafeBufferPointer { message.append(contentsOf: $0) }
        let isValid: Bool
        do {
            isValid = try root.isValidSignature(header.signature, for: message.span)
        } catch {
            throw .cryptography(error)
        }
        guard isValid else { throw .bundleSignature }
        self.init(try BundleDocument.bundle(message, from: TrustBundle.signaturePrefix.count), root: root)
    }

    private init(_ bundle: TrustBundle, root: PublicKey) {
        self.bundle = bundle
        self.root = root
        // Reading refused duplicates.
        keys = Dictionary(uniqueKeysWithValues: bundle.keys.map { ($0.key.id, $0.trust) })
        places = Dictionary(
            uniqueKeysWithValues: bundle.distributions.enumerated().map { ($0.element.id, Int32($0.offset)) })
    }

    /// What was published of a distribution.
    public func distribution(_ id: DistributionID) -> PublishedDistribution? {
        places[id].map { bundle.distributions[Int($0)] }
    }

    private static func header(
        of bytes: Span<UInt8>
    ) throws(TrustError) -> (root: KeyID, signature: Signature, count: Int) {
        var end = 0
        // The longest header is shorter than this.
        while end < min(bytes.count, 160), bytes[end] != UInt8(ascii: "\n") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\n") else {
            throw .malformedBundle(reason: "its first line isn't the header of a bundle")
        }
        let line = bytes.extracting(..<end).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        var decoded: [UInt8] = []
        guard words.count == 3, words[0] == TrustBundle.headerName, let root = KeyID(words[1]),
            root.description == words[1],
            (try? Base64URL.decode(Array(words[2].utf8).span, appendingTo: &decoded)) != nil,
            let signature = Signature(decoded.span)
        else {
            throw .malformedBundle(reason: "its first line isn't the header of a bundle")
        }
        return (root, signature, end + 1)
    }
}

extension VerifiedBundle: LinkTrust {
    public func key(_ id: KeyID) -> KeyTrust { keys[id] ?? .unknown }

    public func changes(of distribution: DistributionID) -> DistributionChanges {
        places[distribution].map { bundle.distributions[Int($0)].changes } ?? .none
    }
}
