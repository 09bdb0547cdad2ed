import Cryptography
import Encoding
import Foundation
import LinkToken
import TestSupport
import Testing

/// Tokens minted here, verified by programs that share no code with linkseal.
@Suite struct InteroperabilityTests {
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Interoperability")

    @Test(arguments: SignatureAlgorithm.allCases)
    func `Python's cryptography verifies our tokens, and refuses a changed one`(
        algorithm: SignatureAlgorithm
    ) async throws {
        let key = try PrivateKey.generate(algorithm)
        var tokens: [String] = []
        for length in 1...64 {
            let claims = try sampleClaims(contact: String(repeating: "é", count: length / 2 + 1).prefixBytes(length))
            tokens.append(try Token(minting: claims, with: key).text)
        }
        let verifier = [Self.scripts.appending(path: "verify_links.py").path]
        let good = try await run(["python3"] + verifier, key: key.publicKey, input: tokens)
        #expect(good.status == 0 && good.output == "verified 64 tokens\n")
        tokens[17] = try changed(tokens[17])
        let bad = try await run(["python3"] + verifier, key: key.publicKey, input: tokens)
        #expect(bad.status == 1)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `the openssl command verifies our tokens, and refuses a changed one`(
        algorithm: SignatureAlgorithm
    ) async throws {
        let key = try PrivateKey.generate(algorithm)
        let script = ["/bin/sh", Self.scripts.appending(path: "verify_with_openssl.sh").path]
        for fields in [0, 1] {
            let token = try Token(minting: sampleClaims(contact: "contact-0001", fields: fields), with: key).text
            #expect(try await run(script, key: key.publicKey, input: [token]).status == 0)
            #expect(try await run(script, key: key.publicKey, input: [changed(token)]).status == 1)
        }
    }

    /// The token with one bit of its signature flipped.
    private func changed(_ token: String) throws -> String {
        var bytes: [UInt8] = []
        try Base64URL.decode(Array(token.utf8).span, appendingTo: &bytes)
        bytes[bytes.count - 40] ^= 1
        return Base64URL.encode(bytes.span)
    }

    private func run(
        _ command: [String], key: PublicKey, input lines: [String]
    ) async throws -> ChildProcess.Outcome {
        let directory = TemporaryDirectory()
        try directory.write(Array(key.pemRepresentation().utf8), to: "key.pem")
        return try await ChildProcess.run(
            command[0], command.dropFirst() + [directory.path("key.pem")],
            input: Array((lines.joined(separator: "\n") + "\n").utf8))
    }
}

extension String {
    /// Its first bytes, without a part of a character at the end.
    fileprivate func prefixBytes(_ count: Int) -> String {
        var text = self
        while text.utf8.count > count { text.removeLast() }
        return text.isEmpty ? "x" : text
    }
}
