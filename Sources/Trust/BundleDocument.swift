import Cryptography
import Encoding
import LinkToken

/// The JSON of a trust bundle, as <doc:BundleFormat> describes it.
enum BundleDocument {
    static let currentFormat: UInt64 = 1

    /// The largest whole number that every JSON reader holds exactly (RFC 7493 §2.2).
    static let sequenceLimit: UInt64 = 1 << 53 - 1
    static let keyCountLimit = 1000

    // MARK: Writing

    /// One key and one distribution a line.
    static func json(of bundle: TrustBundle) throws(TrustError) -> [UInt8] {
        var pems: [String] = []
        var nextRoot: String?
        do throws(CryptographyError) {
            for published in bundle.keys { pems.append(try published.key.pemRepresentation()) }
            nextRoot = try bundle.nextRoot?.pemRepresentation()
        } catch {
            throw .cryptography(error)
        }
        var json = JSONWriter(
            reservingCapacity: 1024 + bundle.keys.count * 256 + bundle.distributions.count * 192)
        json.object { (json) in
            json.member("format", currentFormat)
            json.member("sequence", bundle.sequence)
            json.member("issuedAt", bundle.issuedAt.rawValue)
            json.member("nextUpdate", bundle.nextUpdate.rawValue)
            if let nextRoot {
                json.line()
                json.member("nextRoot", nextRoot)
            }
            json.line()
            json.name("keys")
            json.array { (json) in
                for (published, pem) in zip(bundle.keys, pems) {
                    json.line()
                    write(published, pem: pem, to: &json)
                }
                json.lastLine()
            }
            json.line()
            json.name("distributions")
            json.array { (json) in
                for distribution in bundle.distributions {
                    json.line()
                    distribution.write(to: &json)
                }
                json.lastLine()
            }
        }
        json.lastLine()
        return json.bytes
    }

    private static func write(_ published: PublishedKey, pem: String, to json: inout JSONWriter) {
        json.object { (json) in
            json.member("id", published.key.id.description)
            json.member("algorithm", published.key.algorithm.rawValue)
            json.member("state", published.state.rawValue)
            json.member("publicKey", pem)
        }
    }

    // MARK: Reading

    /// Reads the document that begins at an offset of the bytes.
    static func bundle(_ bytes: [UInt8], from start: Int) throws(TrustError) -> TrustBundle {
        // The format is looked at before anything else, so that a newer document is named and not called malformed.
        let format: UInt64
        do throws(JSONError) {
            format = try self.format(bytes, from: start)
        } catch {
            throw .malformedBundle(reason: error.description)
        }
        guard format == currentFormat else { throw .unknownBundleFormat(Int(clamping: format)) }
        do throws(JSONError) {
            return try readBundle(bytes, from: start)
        } catch {
            throw .malformedBundle(reason: error.description)
        }
    }

    private static func format(_ bytes: [UInt8], from start: Int) throws(JSONError) -> UInt64 {
        var reader = JSONReader(bytes, from: start)
        guard try reader.seek("format") else { throw reader.error("\"format\" is missing") }
        return try reader.integer()
    }

    private static func readBundle(_ bytes: [UInt8], from start: Int) throws(JSONError) -> TrustBundle {
        var reader = JSONReader(bytes, from: start)
        var format: UInt64?
        var sequence: UInt64?
        var issuedAt: UnixTime?
        var nextUpdate: UnixTime?
        var nextRoot: PublicKey?
        var keys: [PublishedKey]?
        var distributions: [PublishedDistribution]?
        try reader.object { (reader, name) throws(JSONError) in
            switch name {
            case "format":
                try reader.once(name, into: &format) { (reader) throws(JSONError) in try reader.integer() }
            case "sequence": try reader.once(name, into: &sequence, readSequence)
            case "issuedAt": try reader.once(name, into: &issuedAt, UnixTime.read)
            case "nextUpdate": try reader.once(name, into: &nextUpdate, UnixTime.read)
            case "nextRoot": try reader.once(name, into: &nextRoot, readPublicKey)
            case "keys": try reader.once(name, into: &keys, readKeys)
            case "distributions": try reader.once(name, into: &distributions, readDistributions)
            default: try reader.ignored()
            }
        }
        try reader.end()
        let bundle = TrustBundle(
            sequence: try reader.required("sequence", sequence), issuedAt: try reader.required("issuedAt", issuedAt),
            nextUpdate: try reader.required("nextUpdate", nextUpdate), keys: try reader.required("keys", keys),
            distributions: try reader.required("distributions", distributions), nextRoot: nextRoot)
        guard bundle.nextUpdate > bundle.issuedAt else {
            throw reader.error("\"nextUpdate\" is not after \"issuedAt\"")
        }
        return bundle
    }

    private static func readSequence(_ reader: inout JSONReader) throws(JSONError) -> UInt64 {
        let sequence = try reader.integer(UInt64.self)
        guard (1...sequenceLimit).contains(sequence) else {
            throw reader.error("a sequence is a number from 1 to \(sequenceLimit)")
        }
        return sequence
    }

    private static func readPublicKey(_ reader: inout JSONReader) throws(JSONError) -> PublicKey {
        let pem = try reader.string()
        do {
            return try PublicKey(pem: Array(pem.utf8).span)
        } catch {
            throw reader.error(error.description)
        }
    }

    private static func readKeys(_ reader: inout JSONReader) throws(JSONError) -> [PublishedKey] {
        var keys: [PublishedKey] = []
        var ids: Set<KeyID> = []
        try reader.array { (reader) throws(JSONError) in
            guard keys.count < keyCountLimit else { throw reader.error("there are more than \(keyCountLimit) keys") }
            let key = try readKey(&reader)
            guard ids.insert(key.key.id).inserted else { throw reader.error("two keys have the ID \(key.key.id)") }
            keys.append(key)
        }
        return keys
    }

    private static func readKey(_ reader: inout JSONReader) throws(JSONError) -> PublishedKey {
        var id: String?
        var algorithm: SignatureAlgorithm?
        var state: KeyState?
        var key: PublicKey?
        try reader.object { (reader, name) throws(JSONError) in
            switch name {
            case "id": try reader.once(name, into: &id) { (reader) throws(JSONError) in try reader.string() }
            case "algorithm":
                try reader.once(name, into: &algorithm) { (reader) throws(JSONError) in
                    try reader.word()
                }
            case "state":
                try reader.once(name, into: &state) { (reader) throws(JSONError) in
                    try reader.word()
                }
            case "publicKey": try reader.once(name, into: &key, readPublicKey)
            default: try reader.ignored()
            }
        }
        let published = PublishedKey(
            key: try reader.required("publicKey", key), state: try reader.required("state", state))
        guard try reader.required("id", id) == published.key.id.description,
            try reader.required("algorithm", algorithm) == published.key.algorithm
        else { throw reader.error("the key doesn't match the ID and the algorithm beside it") }
        return published
    }

    private static func readDistributions(
        _ reader: inout JSONReader
    ) throws(JSONError) -> [PublishedDistribution] {
        var distributions: [PublishedDistribution] = []
        var ids: Set<DistributionID> = []
        try reader.array { (reader) throws(JSONError) in
            let distribution = try PublishedDistribution.read(&reader)
            guard ids.insert(distribution.id).inserted else {
                throw reader.error("the distribution \(distribution.id) appears twice")
            }
            distributions.append(distribution)
        }
        return distributions
    }
}

extension JSONReader {
    func required<Value>(_ name: String, _ value: Value?) throws(JSONError) -> Value {
        guard let value else { throw error("\"\(name)\" is missing") }
        return value
    }

    /// A whole number that the type holds.
    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _: Value.Type = Value.self
    ) throws(JSONError) -> Value {
        Value(try integer(upTo: UInt64(Value.max)))
    }

    /// One of the words that the type knows.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>() throws(JSONError) -> Word {
        let text = try string()
        guard let word = Word(rawValue: text) else {
            throw error("\"\(text)\" isn't one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }
}

extension UnixTime {
    static func read(_ reader: inout JSONReader) throws(JSONError) -> UnixTime {
        UnixTime(rawValue: try reader.integer())
    }
}
