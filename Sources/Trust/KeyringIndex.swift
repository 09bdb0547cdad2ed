import Cryptography
import Files
import FoundationEssentials
import LinkToken

/// The file `keyring.json`: everything about a keyring that can change, so that one rename changes it.
struct KeyringIndex: Hashable, Codable {
    static let currentFormat = 1

    var format = currentFormat
    /// The key that signs bundles.
    var root: KeyID
    /// The key that will, once edges know it.
    var nextRoot: KeyID?
    /// When a bundle first carried it.
    var nextRootPublishedAt: UnixTime?
    /// The highest sequence that a bundle was ever given. It is raised before that bundle is written.
    var sequence: UInt64 = 0
    var keys: [KeyRecord] = []

    var signing: KeyRecord? { keys.first { $0.state == .signing } }

    func key(_ id: KeyID) throws(TrustError) -> KeyRecord {
        guard let record = keys.first(where: { $0.id == id }) else { throw .noSuchKey(id) }
        return record
    }

    /// Names a new key.
    mutating func add(_ key: PublicKey, state: KeyState, at now: UnixTime) throws(TrustError) -> KeyRecord {
        guard !keys.contains(where: { $0.id == key.id }) else { throw .keyIDTaken(key.id) }
        // The root key signs bundles and nothing else.
        guard key.id != root, key.id != nextRoot else { throw .rootKeyCannotSignLinks(key.id) }
        let record = KeyRecord(id: key.id, algorithm: key.algorithm, state: state, createdAt: now, changedAt: now)
        keys.append(record)
        return record
    }

    /// Moves a key on in its life.
    ///
    /// - Throws: ``TrustError/impossibleTransition(_:from:to:)``, also where it would be the second signing key.
    mutating func move(_ id: KeyID, to state: KeyState, at now: UnixTime) throws(TrustError) {
        let record = try key(id)
        guard record.state.allows(state), state != .signing || signing == nil else {
            throw .impossibleTransition(id, from: record.state, to: state)
        }
        update(id) {
            $0.state = state
            $0.changedAt = now
        }
    }

    /// Makes a pending key the signing key; the previous one no longer signs.
    mutating func promote(_ id: KeyID, at now: UnixTime) throws(TrustError) {
        let record = try key(id)
        guard record.state == .pending else { throw .impossibleTransition(id, from: record.state, to: .signing) }
        if let signing { try move(signing.id, to: .verifying, at: now) }
        try move(id, to: .signing, at: now)
    }

    /// Notes that a bundle carries every key that is not noted yet.
    mutating func notePublication(at now: UnixTime) {
        for key in keys where key.publishedAt == nil { update(key.id) { $0.publishedAt = now } }
        if nextRoot != nil, nextRootPublishedAt == nil { nextRootPublishedAt = now }
    }

    private mutating func update(_ id: KeyID, _ change: (inout KeyRecord) -> Void) {
        for place in keys.indices where keys[place].id == id { change(&keys[place]) }
    }
}

// MARK: The file

extension KeyringIndex {
    private static func path(in directory: String) -> String { directory + "/keyring.json" }

    static func exists(in directory: String) -> Bool { fileExists(path(in: directory)) }

    static func read(in directory: String) throws(TrustError) -> KeyringIndex {
        let path = path(in: directory)
        guard fileExists(path) else { throw .noKeyring(directory: directory) }
        let index: KeyringIndex
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            index = try JSONDecoder().decode(KeyringIndex.self, from: data)
        } catch let error as DecodingError {
            throw .damagedKeyring(path: path, reason: error.placeAndReason)
        } catch {
            throw .damagedKeyring(path: path, reason: String(describing: error))
        }
        guard index.format == currentFormat else {
            throw .damagedKeyring(path: path, reason: "its format \(index.format) is newer than this linkseal")
        }
        guard index.keys.count(where: { $0.state == .signing }) <= 1 else {
            throw .damagedKeyring(path: path, reason: "two keys are signing")
        }
        guard Set(index.keys.map(\.id)).count == index.keys.count else {
            throw .damagedKeyring(path: path, reason: "a key appears twice")
        }
        return index
    }

    func write(in directory: String) throws(TrustError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let path = Self.path(in: directory)
        do {
            let bytes = Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
            try DurableFile.replace(path, bytes.span, mode: 0o644)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .damagedKeyring(path: path, reason: String(describing: error))
        }
    }
}

extension DecodingError {
    /// Where in the document, and what.
    fileprivate var placeAndReason: String {
        func text(_ path: [any CodingKey]) -> String {
            path.isEmpty
                ? "the top" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let found): return "\"\(key.stringValue)\" is missing at \(text(found.codingPath))"
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
            return "\(found.debugDescription) at \(text(found.codingPath))"
        @unknown default: return String(describing: self)
        }
    }
}
