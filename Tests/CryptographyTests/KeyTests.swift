import Cryptography
import Foundation
import TestSupport
import Testing

@Suite struct KeyTests {
    let directory = TemporaryDirectory()

    @Test(arguments: SignatureAlgorithm.allCases, [false, true])
    func `a signature verifies under its key and its message alone`(
        algorithm: SignatureAlgorithm, isPrepared: Bool
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm)
        let message = Array("to whom it may concern".utf8)
        let signature = try key.signature(for: message.span)
        if isPrepared { key.publicKey.prepare() }
        #expect(try key.publicKey.isValidSignature(signature, for: message.span))
        #expect(try !other.publicKey.isValidSignature(signature, for: message.span))
        #expect(try !key.publicKey.isValidSignature(signature, for: message.span.extracting(1...)))
        for bit in 0..<Signature.byteCount * 8 {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(try !key.publicKey.isValidSignature(Signature(bytes: bytes), for: message.span), "bit \(bit)")
        }
    }

    @Test func `Ed25519 signs the same message the same way`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let message = Array("again".utf8)
        let first = try key.signature(for: message.span)
        let second = try key.signature(for: message.span)
        #expect(hexadecimal(first.bytes.span) == hexadecimal(second.bytes.span))
    }

    @Test func `the upper half of s is never made`() throws {
        let key = try PrivateKey.generate(.p256)
        // Without normalisation half of them would be: 64 in the lower half by chance are as likely as 2^-64.
        for count in 0..<64 {
            let signature = try key.signature(for: [UInt8](repeating: 1, count: count).span)
            #expect(signature.bytes[32] < 0x80)
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `one key verifies from many threads at once, and is prepared meanwhile`(
        algorithm: SignatureAlgorithm
    ) async throws {
        let key = try PrivateKey.generate(algorithm)
        let valid = await withTaskGroup(of: Bool.self) { (group) in
            for task in 0..<64 {
                group.addTask {
                    if task % 16 == 8 { key.publicKey.prepare() }
                    let message = Array("message \(task)".utf8)
                    guard let signature = try? key.signature(for: message.span) else { return false }
                    let good = try? key.publicKey.isValidSignature(signature, for: message.span)
                    let bad = try? key.publicKey.isValidSignature(signature, for: message.span.extracting(1...))
                    return good == true && bad == false
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(valid == 64)
        #expect(key.publicKey.isPrepared == (algorithm == .p256))
    }

    @Test func `what was prepared is shared by equal keys and no others`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        let encoded = key.subjectPublicKeyInfo
        let (same, other) = (
            try PublicKey(subjectPublicKeyInfo: encoded.span), try PrivateKey.generate(.p256).publicKey
        )
        same.prepare(like: key)
        #expect(!same.isPrepared)
        key.prepare()
        same.prepare(like: key)
        other.prepare(like: key)
        #expect(same.isPrepared && !other.isPrepared)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `openssl reads our keys and gives the same public key`(algorithm: SignatureAlgorithm) async throws {
        let key = try PrivateKey.generate(algorithm)
        let path = directory.path("key.pem")
        try key.withPEM { (pem) throws(CryptographyError) in try SecretFile.create(path, pem) }
        #expect(try await openssl("pkey", "-in", path, "-pubout") == key.publicKey.pemRepresentation())
    }

    @Test(arguments: [
        (["-algorithm", "ed25519"], SignatureAlgorithm.ed25519),
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], .p256),
    ])
    func `we read keys that openssl made`(options: [String], algorithm: SignatureAlgorithm) async throws {
        let path = directory.path("key.pem")
        _ = try await openssl(["genpkey", "-out", path] + options)
        let key = try PrivateKey(pem: SecretFile.read(path))
        #expect(key.algorithm == algorithm)
        #expect(try await openssl("pkey", "-in", path, "-pubout") == key.publicKey.pemRepresentation())
        let publicKey = try PublicKey(pem: Array(await openssl("pkey", "-in", path, "-pubout").utf8).span)
        #expect(publicKey == key.publicKey && publicKey.id == key.id)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `an encrypted key opens with its passphrase alone, here and in openssl`(
        algorithm: SignatureAlgorithm
    ) async throws {
        let key = try PrivateKey.generate(algorithm)
        let passphrase = SecretBytes(copying: Array("correct horse".utf8).span)
        let path = directory.path("key.pem")
        try key.withPEM(passphrase: passphrase) { (pem) throws(CryptographyError) in
            try SecretFile.create(path, pem)
        }
        let pem = try SecretFile.read(path)
        #expect(try PrivateKey(pem: pem, passphrase: passphrase).publicKey == key.publicKey)
        #expect(throws: CryptographyError.passphraseRequired) { try PrivateKey(pem: pem) }
        #expect(throws: CryptographyError.passphraseWrong) {
            try PrivateKey(pem: pem, passphrase: SecretBytes(copying: Array("battery staple".utf8).span))
        }
        let publicKey = try await openssl("pkey", "-in", path, "-passin", "pass:correct horse", "-pubout")
        #expect(try publicKey == key.publicKey.pemRepresentation())
    }

    @Test(arguments: [
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-algorithm", "ed448"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ])
    func `keys of other kinds are refused by name`(options: [String]) async throws {
        let path = directory.path("key.pem")
        _ = try await openssl(["genpkey", "-out", path] + options)
        let pem = try SecretFile.read(path)
        let error = #expect(throws: CryptographyError.self) { try PrivateKey(pem: pem) }
        guard case .unsupportedKey = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [["-ec_conv_form", "compressed"], ["-ec_conv_form", "hybrid"], ["-ec_param_enc", "explicit"]])
    func `a second encoding of a P-256 key is refused, since it would have another ID`(encoding: [String]) async throws
    {
        let path = directory.path("key.pem")
        _ = try await openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        let pem = try await openssl(["pkey", "-in", path, "-pubout"] + encoding)
        #expect(throws: CryptographyError.self) { try PublicKey(pem: Array(pem.utf8).span) }
    }

    @Test(arguments: ["", "no PEM at all", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func `what is no key is refused`(text: String) {
        #expect(throws: CryptographyError.self) {
            try PrivateKey(pem: SecretBytes(copying: Array(text.utf8).span))
        }
        #expect(throws: CryptographyError.self) { try PublicKey(pem: Array(text.utf8).span) }
        #expect(throws: CryptographyError.self) { try PublicKey(subjectPublicKeyInfo: Array(text.utf8).span) }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o644, 0o601] as [mode_t])
    func `a secret file that others may touch is refused`(mode: mode_t) throws {
        let path = directory.path("secret")
        try SecretFile.create(path, Array("secret".utf8).span)
        chmod(path, mode)
        #expect(throws: CryptographyError.fileTooOpen(path: path, mode: UInt32(mode))) { try SecretFile.read(path) }
        chmod(path, 0o600)
        #expect(try SecretFile.read(path).count == 6)
    }

    @Test func `a bearer key is read as it was written, and compared whole`() throws {
        let path = directory.path("consumption.key")
        try BearerKey().write(to: path)
        #expect(throws: CryptographyError.fileExists(path: path)) { try BearerKey().write(to: path) }
        let key = try BearerKey(contentsOf: path)
        let text = String(decoding: try directory.read("consumption.key"), as: UTF8.self)
        #expect(text.count == 64 && key.authorization == "Bearer \(text)" && key.matches(text))
        #expect(!key.matches(text.dropLast()) && !key.matches(text + "0") && !key.matches(""))
        #expect(!"\(key)".contains(text))
    }

    @Test(arguments: [
        ("0123456789abcdef0123456789abcdef\n", true), ("0123456789abcdef0123456789abcde\n", false),
        ("", false), ("0123456789abcdef 0123456789abcdef\n", false),
        ("0123456789abcdef0123456789abcdef\n0123456789abcdef0123456789abcdef\n", false),
        ("q1Zk+/b7x0sJw3m5H2v9tQ8r6y4u1i0oPlKjHgFdSaA=\r\n", true),
    ]) func `a bearer key is one line of at least 128 bits`(text: String, isKey: Bool) throws {
        let path = try directory.write(text, to: "shared.key")
        chmod(path, 0o600)
        if isKey {
            #expect(try BearerKey(contentsOf: path).matches(text.prefix { !$0.isNewline }))
        } else {
            #expect(throws: CryptographyError.unusableBearerKey(path: path)) { try BearerKey(contentsOf: path) }
        }
        chmod(path, 0o640)
        #expect(throws: CryptographyError.fileTooOpen(path: path, mode: 0o640)) { try BearerKey(contentsOf: path) }
    }

    @Test func `a secret file is made 0600 whatever the umask, and never overwritten`() throws {
        let path = directory.path("secret")
        let before = umask(0)
        defer { umask(before) }
        try SecretFile.create(path, Array("one".utf8).span)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(throws: CryptographyError.fileExists(path: path)) {
            try SecretFile.create(path, Array("another".utf8).span)
        }
        #expect(try SecretFile.read(path).count == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.root) == ["secret"])
    }
}

func openssl(_ arguments: String...) async throws -> String { try await openssl(arguments) }

func openssl(_ arguments: [String]) async throws -> String {
    let outcome = try await ChildProcess.run("openssl", arguments)
    try #require(outcome.status == 0, "openssl \(arguments.joined(separator: " ")): \(outcome.errors)")
    return outcome.output
}
