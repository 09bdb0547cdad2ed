import Cryptography
import Encoding
import LinkToken
import Testing

@Suite struct TokenTests {
    let key: PrivateKey
    let trust: Trust

    init() throws {
        key = try PrivateKey.generate(.ed25519)
        trust = Trust(keys: [key.publicKey])
    }

    @Test(arguments: SignatureAlgorithm.allCases, [0, 1])
    func `what was minted verifies and says what was claimed`(algorithm: SignatureAlgorithm, fields: Int) throws {
        let key = try PrivateKey.generate(algorithm)
        let claims = try sampleClaims(contact: "C-000000042", fields: fields)
        let text = try Token(minting: claims, with: key).text
        let link = try Token(parsing: text).verify(against: Trust(keys: [key.publicKey]), at: claims.expiry)
        #expect(link.claims == claims && link.keyID == key.id && link.expiry == .ofToken(claims.expiry))
    }

    @Test func `the same claims and the same Ed25519 key give the same link`() throws {
        let claims = try sampleClaims()
        #expect(try Token(minting: claims, with: key).text == Token(minting: claims, with: key).text)
    }

    @Test(arguments: 1...64, [0, 1])
    func `every token begins with L, ends with a letter or digit, and reads back`(length: Int, fields: Int) throws {
        let contact = String(repeating: "x", count: length)
        let token = try Token(minting: sampleClaims(contact: contact, fields: fields), with: key)
        let text = token.text
        #expect(text.hasPrefix("L"))
        #expect(text.last?.isLetter == true || text.last?.isNumber == true)
        #expect(text.utf8.count <= Token.textCountLimit)
        #expect(try Token(parsing: text).unverifiedClaims == token.unverifiedClaims)
    }

    @Test func `a contact ID of 12 bytes makes a token of the length that is documented`() throws {
        #expect(try Token(minting: sampleClaims(contact: "123456789012"), with: key).text.utf8.count == 134)
        #expect(try Token(minting: sampleClaims(contact: "123456789012", fields: 1), with: key).text.utf8.count == 154)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `every single-bit flip of a token's bytes is refused`(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let trust = Trust(keys: [key.publicKey])
        let claims = try sampleClaims(fields: 1)
        let text = try Token(minting: claims, with: key).text
        var bytes: [UInt8] = []
        try Base64URL.decode(Array(text.utf8).span, appendingTo: &bytes)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 0x80 >> (bit % 8)
            let changed = Base64URL.encode(flipped.span)
            #expect(throws: LinkRefusal.self, "bit \(bit)") {
                try Token(parsing: changed).verify(against: trust, at: UnixTime(rawValue: 0))
            }
        }
    }

    @Test func `every single-bit flip of a token's text is refused`() throws {
        let text = Array(try Token(minting: sampleClaims(), with: key).text.utf8)
        for bit in 0..<text.count * 8 {
            var flipped = text
            flipped[bit / 8] ^= 0x80 >> (bit % 8)
            #expect(throws: LinkRefusal.self, "bit \(bit)") {
                try Token(parsing: flipped.span).verify(against: trust, at: UnixTime(rawValue: 0))
            }
        }
    }

    @Test func `every truncation and every appended byte is refused`() throws {
        let text = Array(try Token(minting: sampleClaims(), with: key).text.utf8)
        for count in 0..<text.count {
            for part in [Array(text.prefix(count)), Array(text.suffix(count))] {
                #expect(throws: LinkRefusal.self, "\(count)") {
                    try Token(parsing: part.span).verify(against: trust, at: UnixTime(rawValue: 0))
                }
            }
        }
        for byte in UInt8.min...UInt8.max {
            for changed in [text + [byte], [byte] + text] {
                #expect(throws: LinkRefusal.self, "byte \(byte)") {
                    try Token(parsing: changed.span).verify(against: trust, at: UnixTime(rawValue: 0))
                }
            }
        }
    }

    @Test(arguments: ["=", "==", " ", "\n", "\t", "\r\n", "%20", "."])
    func `padding and white space are refused wherever they stand`(addition: String) throws {
        let text = try Token(minting: sampleClaims(), with: key).text
        let middle = text.index(text.startIndex, offsetBy: 60)
        for changed in [addition + text, text + addition, text[..<middle] + addition + text[middle...]] {
            #expect(throws: LinkRefusal.self) { try Token(parsing: changed) }
        }
    }

    @Test func `standard base64 is another alphabet`() throws {
        let text = "LP-_" + String(repeating: "A", count: 130)
        for foreign in [text.replacing("-", with: "+"), text.replacing("_", with: "/")] {
            let error = #expect(throws: LinkRefusal.self) { try Token(parsing: foreign) }
            #expect(error?.code == "text_invalid")
        }
    }

    @Test func `a link works until its expiry plus the leeway, and not at that second`() throws {
        let claims = try sampleClaims()
        let token = try Token(minting: claims, with: key)
        let end = claims.expiry.rawValue
        #expect(throws: Never.self) { try token.verify(against: trust, at: UnixTime(rawValue: end + 59)) }
        #expect(throws: LinkRefusal.expired(claims.expiry)) {
            try token.verify(against: trust, at: UnixTime(rawValue: end + 60))
        }
        #expect(throws: LinkRefusal.expired(claims.expiry)) {
            try token.verify(against: trust, at: UnixTime(rawValue: end), leeway: 0)
        }
        let latest = Claims(
            nonce: claims.nonce, epoch: claims.epoch, expiry: UnixTime(rawValue: .max), embeddedDataHash: nil,
            contactID: claims.contactID)
        let lasting = try Token(minting: latest, with: key)
        #expect(throws: Never.self) { try lasting.verify(against: trust, at: UnixTime(rawValue: .max)) }
    }

    @Test(arguments: [-1000, 0, 30, 1000])
    func `the end of a distribution replaces what its links say, to the second and whatever the leeway`(
        difference: Int
    ) throws {
        let claims = try sampleClaims()
        let token = try Token(minting: claims, with: key)
        let end = UnixTime(rawValue: UInt32(Int(claims.expiry.rawValue) + difference))
        var trust = trust
        trust.changes[claims.nonce.distribution] = DistributionChanges(expiry: end)
        #expect(try token.authenticate(against: trust).expiry == .ofBundle(end))
        for leeway in [0, 60, UInt32.max] {
            #expect(throws: Never.self) {
                try token.verify(against: trust, at: UnixTime(rawValue: end.rawValue - 1), leeway: leeway)
            }
            #expect(throws: LinkRefusal.expired(end)) { try token.verify(against: trust, at: end, leeway: leeway) }
        }
    }

    @Test func `a retired key vouches for what happened and opens nothing, a revoked one does neither`() throws {
        let token = try Token(minting: sampleClaims(), with: key)
        let retired = Trust(keys: [key.id: .retired(key.publicKey)], changes: [:])
        let revoked = Trust(keys: [key.id: .revoked], changes: [:])
        #expect(try token.authenticate(against: retired, for: .reporting).claims == sampleClaims())
        #expect(throws: LinkRefusal.keyNotVerifying(key.id)) { try token.authenticate(against: retired) }
        for purpose in [LinkPurpose.opening, .reporting] {
            #expect(throws: LinkRefusal.keyNotVerifying(key.id)) {
                try token.authenticate(against: revoked, for: purpose)
            }
        }
    }

    @Test func `a link is found in a text of up to 16,384 bytes`() throws {
        let token = try Token(minting: sampleClaims(), with: key).text
        let text = "link: \(token) "
        let longest = text + String(repeating: ".", count: LinkText.byteCountLimit - text.utf8.count)
        #expect(LinkText(longest).token == token)
        #expect(LinkText(longest + ".").token != token)
    }

    @Test func `neither interpolation nor an error shows the token`() throws {
        let token = try Token(minting: sampleClaims(), with: key)
        #expect(!"\(token)".contains(token.text))
        let error = #expect(throws: LinkRefusal.self) {
            try token.verify(against: Trust(keys: []), at: UnixTime(rawValue: 0))
        }
        #expect(error.map { !$0.description.contains(token.text.suffix(20)) } == true)
    }
}

/// What a test trusts.
struct Trust: LinkTrust {
    var keys: [KeyID: KeyTrust]
    var changes: [DistributionID: DistributionChanges] = [:]

    init(keys: [PublicKey]) {
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.id, .verifying($0)) })
    }

    init(keys: [KeyID: KeyTrust], changes: [DistributionID: DistributionChanges]) {
        self.keys = keys
        self.changes = changes
    }

    func key(_ id: KeyID) -> KeyTrust { keys[id] ?? .unknown }
    func changes(of distribution: DistributionID) -> DistributionChanges { changes[distribution] ?? .none }
}

func sampleClaims(contact: String = "C-7", fields: Int = 0) throws -> Claims {
    let nonce = Nonce(distribution: DistributionID(rawValue: 0x1122_3344_5566_7788)!, serial: Serial(rawValue: 7))
    let data = try EmbeddedData((0..<fields).map { (name: "field \($0)", value: "value") })
    return Claims(
        nonce: nonce, epoch: Epoch(rawValue: 3), expiry: UnixTime(rawValue: 1_800_000_000),
        embeddedDataHash: data.hash(for: nonce, salt: .inLink), contactID: try ContactID(contact))
}
