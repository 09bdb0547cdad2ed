import Cryptography
import Encoding
import Files
import LinkToken

/// The file in which an edge keeps what it has accepted: lines of words, an empty line, and the bundle's bytes.
///
/// ```
/// linkseal-accepted 1
/// pinned MCowBQYDK2VwAyEA…
/// root MCowBQYDK2VwAyEA…
/// sequence 42
///
/// linkseal-bundle 5e6f7a8b …
/// ```
///
/// Keys are base64url of their SubjectPublicKeyInfo. One file, so that sequence and bundle can't part. With it an edge
/// starts where the source of its bundles can't be reached, and remembers how far it had come.
public struct AcceptedBundleFile: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path
    }

    private static let firstLine = "linkseal-accepted 1"

    /// What was accepted, and the bundle; nothing if there is no file.
    ///
    /// Pinning another root key begins anew, unless it is the one that signs by now: the old root key may have been
    /// stolen and have signed any sequence.
    ///
    /// - Throws: ``TrustError/damagedAcceptance(path:reason:)``.
    public func read(
        pinned: PublicKey
    ) throws(TrustError) -> (acceptance: BundleAcceptance, bundle: VerifiedBundle?) {
        guard fileExists(path) else { return (BundleAcceptance(pinned: pinned), nil) }
        guard let bytes = try? readSmallFile(path, limit: 2 * VerifiedBundle.byteCountLimit) else {
            throw damaged("it can't be read")
        }
        var rest = bytes[...]
        guard line(&rest) == Self.firstLine, let wasPinned = key(&rest, "pinned"), let root = key(&rest, "root") else {
            throw damaged("its first lines are not those of linkseal")
        }
        var roots = [root]
        if let next = key(&rest, "root") { roots.append(next) }
        guard let words = line(&rest)?.split(separator: " "), words.count == 2, words[0] == "sequence",
            let sequence = UInt64(words[1]), line(&rest) == ""
        else { throw damaged("the sequence is missing") }
        guard pinned == wasPinned || pinned == root else { return (BundleAcceptance(pinned: pinned), nil) }
        let bundle = bytes.span.extracting(rest.startIndex...)
        let verified: VerifiedBundle
        do {
            // The root keys are those after the bundle; the one that signed it is the first.
            verified = try VerifiedBundle(opening: bundle, root: root)
        } catch {
            throw damaged(error.description)
        }
        guard verified.bundle.sequence == sequence else { throw damaged("the sequence is not that of the bundle") }
        return (BundleAcceptance(pinned: pinned, roots: roots, sequence: sequence, bytes: bundle), verified)
    }

    /// Puts what was accepted in place. It is durable when the call returns.
    public func write(_ acceptance: BundleAcceptance, bundle: Span<UInt8>) throws(FileError) {
        var text = Self.firstLine + "\n"
        text += "pinned \(Self.text(acceptance.pinned))\n"
        for root in acceptance.roots { text += "root \(Self.text(root))\n" }
        text += "sequence \(acceptance.sequence)\n\n"
        var bytes = Array(text.utf8)
        bytes.reserveCapacity(bytes.count + bundle.count)
        bundle.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        try DurableFile.replace(path, bytes.span, mode: 0o600)
    }

    private static func text(_ key: PublicKey) -> String {
        let der = key.subjectPublicKeyInfo
        return Base64URL.encode(der.span)
    }

    private func damaged(_ reason: String) -> TrustError { .damagedAcceptance(path: path, reason: reason) }

    private func line(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// Reads a line only where it begins with the word and holds a key.
    private func key(_ rest: inout ArraySlice<UInt8>, _ word: String) -> PublicKey? {
        var after = rest
        guard let words = line(&after)?.split(separator: " "), words.count == 2, words[0] == word else { return nil }
        var der: [UInt8] = []
        guard (try? Base64URL.decode(Array(words[1].utf8).span, appendingTo: &der)) != nil,
            let key = try? PublicKey(subjectPublicKeyInfo: der.span)
        else { return nil }
        rest = after
        return key
    }
}
