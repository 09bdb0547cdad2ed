import Cryptography
import Files
import LinkToken

/// Tells whether a contact ID or an e-mail address is in a part of a distribution, without reading the part.
///
/// The file lies beside the part and has no text of it: a million contacts take 16 MB. Numbers are big-endian.
///
/// | bytes | field |
/// | --- | --- |
/// | 8 | `LSRCPT1` and a zero byte |
/// | 16 | a random key |
/// | 8 | the size in bytes of the part that it was made of |
/// | 8 each | the hashes of all contact IDs and addresses, ascending |
///
/// A hash is the first 8 bytes of the SHA-256 of the key, `i` or `e`, and the ID, or the address in lower case. Two of a
/// million contacts share one with a probability of 10^-7, and a stranger shares one with any of them with 10^-13.
struct RecipientIndex {
    private let hashes: Hashes
    private let hasher: RecipientHasher

    /// Those of the file, or if there is none, those that were computed from the part.
    private enum Hashes {
        case file(MappedFile)
        case computed([UInt64])
    }

    fileprivate static let magic = Array("LSRCPT1\0".utf8)
    fileprivate static let headerSize = magic.count + RecipientHasher.keySize + 8

    /// Nil unless there is an index at the path and it was made of a part of that size.
    init?(_ path: String, partSize: Int) {
        guard let file = try? MappedFile(path), file.count >= Self.headerSize,
            (file.count - Self.headerSize).isMultiple(of: 8), file[0..<Self.magic.count] == Self.magic,
            file.bigEndian(at: Self.headerSize - 8) == UInt64(partSize)
        else { return nil }
        hasher = RecipientHasher(key: file[Self.magic.count..<Self.headerSize - 8])
        hashes = .file(file)
    }

    fileprivate init(_ hasher: RecipientHasher, sorted: [UInt64]) {
        self.hasher = hasher
        hashes = .computed(sorted)
    }

    func contains(id: ContactID) -> Bool { contains(hasher.hash(id: id)) }

    func contains(address: String) -> Bool { contains(hasher.hash(address: address)) }

    private func contains(_ hash: UInt64) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let found = self[middle]
            if found == hash { return true }
            if found < hash { low = middle + 1 } else { high = middle }
        }
        return false
    }

    private var count: Int {
        switch hashes {
        case .file(let file): (file.count - Self.headerSize) / 8
        case .computed(let sorted): sorted.count
        }
    }

    private subscript(number: Int) -> UInt64 {
        switch hashes {
        case .file(let file): file.bigEndian(at: Self.headerSize + 8 * number)
        case .computed(let sorted): sorted[number]
        }
    }
}

private struct RecipientHasher {
    static let keySize = 16

    let key: [UInt8]

    func hash(id: ContactID) -> UInt64 { hash(UInt8(ascii: "i"), id.text) }

    func hash(address: String) -> UInt64 { hash(UInt8(ascii: "e"), address.foldedAddress) }

    private func hash(_ kind: UInt8, _ text: String) -> UInt64 {
        var message: [UInt8] = []
        message.reserveCapacity(key.count + 1 + text.utf8.count)
        message += key
        message.append(kind)
        message.append(contentsOf: text.utf8)
        return SHA256.hash(message.span).span.bigEndian(at: 0)
    }
}

/// Makes the index of a part while that is written or read.
struct RecipientIndexBuilder {
    private let hasher: RecipientHasher
    private var hashes: [UInt64] = []

    init() throws(DistributionsError) {
        do {
            hasher = RecipientHasher(key: try SecureRandom.bytes(count: RecipientHasher.keySize))
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// Reads all of a part.
    init(reading part: OpenPart) throws(DistributionsError) {
        try self.init()
        var reader = try StoredContactReader(part.file)
        while let contact = try reader.next() { insert(contact) }
    }

    mutating func insert(_ contact: Contact) {
        if let id = contact.id { hashes.append(hasher.hash(id: id)) }
        if let address = contact.emailKey { hashes.append(hasher.hash(address: address)) }
    }

    consuming func index() -> RecipientIndex {
        hashes.sort()
        return RecipientIndex(hasher, sorted: hashes)
    }

    /// The file is complete and durable when this returns.
    ///
    /// - Parameter partSize: in bytes.
    mutating func write(to path: String, partSize: Int) throws(DistributionsError) {
        let file = try OutputFile(path)
        var bytes = RecipientIndex.magic + hasher.key
        bytes.append(bigEndian: UInt64(partSize))
        hashes.sort()
        for hash in hashes {
            bytes.append(bigEndian: hash)
            guard bytes.count >= 1 << 16 else { continue }
            try file.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        try file.write(bytes)
        try file.commit()
    }
}

/// The people who have a link of a distribution.
///
/// A contact is known by its contact ID. One that has none is known by its e-mail address, in any case.
struct Recipients {
    private let indexes: [RecipientIndex]

    /// - Throws: ``DistributionsError`` if a part has no index, and can't be read.
    init(of distribution: Distribution, in library: DistributionLibrary) throws(DistributionsError) {
        var indexes: [RecipientIndex] = []
        for part in try library.openParts(of: distribution) {
            if let index = try library.index(of: part, of: distribution.id) {
                indexes.append(index)
            } else {
                indexes.append(try RecipientIndexBuilder(reading: part).index())
            }
        }
        self.indexes = indexes
    }

    func include(_ contact: Contact) -> Bool {
        guard let id = contact.id else { return haveAddress(of: contact) }
        return indexes.contains { $0.contains(id: id) }
    }

    /// Whether one of them has the e-mail address.
    func haveAddress(of contact: Contact) -> Bool {
        guard let address = contact.emailKey else { return false }
        return indexes.contains { $0.contains(address: address) }
    }
}

extension DistributionLibrary {
    /// The index of a part. Nil if it is missing or was made of another version of the part.
    func index(of part: OpenPart, of id: DistributionID) throws(DistributionsError) -> RecipientIndex? {
        RecipientIndex(path(of: id) + "/" + part.part.indexName, partSize: try part.file.size())
    }
}
