import Testing

@testable import Cryptography

@Suite struct PasswordHashTests {
    /// RFC 7914 §12, the vectors but for the last, which takes 1 GiB.
    @Test(arguments: [
        (
            "", "", UInt8(4), UInt32(1), UInt32(1),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", 10, 8, 16,
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", 14, 8, 1,
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func `scrypt gives what RFC 7914 says`(
        password: String, salt: String, log2N: UInt8, r: UInt32, p: UInt32, expected: String
    ) throws {
        let cost = try #require(ScryptCost(log2N: log2N, blockSize: r, parallelism: p))
        let derived = try scrypt(secret(password), salt: Array(salt.utf8), cost: cost, byteCount: 64)
        #expect(hexadecimal(derived.span) == expected)
    }

    @Test func `a stored password knows its own and no other, and never twice the same way`() throws {
        let cost = try #require(ScryptCost(log2N: 10, blockSize: 8, parallelism: 1))
        let stored = try PasswordHash(hashing: secret("correct horse"), cost: cost)
        let read = try #require(PasswordHash(phc: stored.phc))
        #expect(read == stored)
        #expect(try read.matches(secret("correct horse")))
        #expect(try !read.matches(secret("correct horsf")))
        #expect(try !read.matches(secret("")))
        #expect(try PasswordHash(hashing: secret("correct horse"), cost: cost) != stored)
        #expect(stored.phc.hasPrefix("$scrypt$ln=10,r=8,p=1$"))
    }

    @Test func `the standard cost is the one that OWASP recommends`() throws {
        let stored = try PasswordHash(hashing: secret("correct horse"))
        #expect(stored.phc.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
        #expect(try stored.matches(secret("correct horse")))
    }

    @Test(arguments: [
        "", "$scrypt$", "plain", "$argon2id$ln=10,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$scrypt$ln=40,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$scrypt$ln=0,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$scrypt$r=8,ln=10,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$scrypt$ln=10,r=8,p=1$c2Fs!HNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        // Of 1, 15 and 65 bytes.
        "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$aA", "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFz",
        "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$" + String(repeating: "aGFz", count: 21) + "aGE",
        "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$", "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA$",
    ])
    func `what is no stored password is none`(text: String) {
        #expect(PasswordHash(phc: text) == nil)
    }

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span) }
}
