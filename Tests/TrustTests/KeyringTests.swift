import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@Suite struct KeyringTests {
    let directory = TemporaryDirectory()
    var path: String { directory.path("keys") }

    private func made(passphrase: SecretBytes? = nil) throws -> Keyring {
        try Keyring.create(in: path, algorithm: .ed25519, passphrase: passphrase, at: noon)
    }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `a new keyring signs, and nobody else reads its secrets`() throws {
        let keyring = try made()
        let key = try keyring.signingKey()
        #expect(try mode("\(key.id).pem") == 0o600 && mode("root-\(keyring.rootKey().id).pem") == 0o600)
        #expect(try mode("session.key") == 0o600)
        #expect(try PublicKey(contentsOf: path + "/root.pub.pem") == keyring.rootKey())
        #expect(keyring.unlistedKeys().isEmpty && keyring.sequence == 0)
        #expect(throws: TrustError.keyringExists(directory: path)) { try made() }
    }

    /// Until it calls exec, a new child process has every file open that this one has, the lock among them.
    @Test func `a child process that starts just then holds no lock on the keyring`() async throws {
        var keyring = try made()
        let key = try keyring.makeKey(.ed25519, at: noon).id
        _ = try keyring.retire(key, unexpiredLinks: 0, at: noon)
        let changes = Task { [keyring] () async throws in
            var keyring = keyring
            while !Task.isCancelled {
                _ = try keyring.retire(key, unexpiredLinks: 0, at: noon)
                await Task.yield()
            }
        }
        for _ in 0..<100 { #expect(try await ChildProcess("true", []).end() == .exited(0)) }
        changes.cancel()
        try await changes.value
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `root and signing keys are of the algorithm asked for, and so are those that follow`(
        algorithm: SignatureAlgorithm
    ) throws {
        var keyring = try Keyring.create(in: path, algorithm: algorithm, at: noon)
        #expect(try keyring.rootKey().algorithm == algorithm && keyring.signingKey().algorithm == algorithm)
        #expect(try keyring.makeNextRoot().algorithm == algorithm)
        let bundle = directory.path("bundle")
        let root = try keyring.rootPrivateKey()
        #expect(try keyring.publish([], to: bundle, signedBy: root, at: noon).bundle.root.algorithm == algorithm)
        let replacement = try keyring.revoke(keyring.keys[0].id, at: noon).replacement
        #expect(replacement?.algorithm == algorithm)
    }

    @Test func `a private key that others may read is refused`() throws {
        let keyring = try made()
        let file = path + "/\(keyring.keys[0].id).pem"
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        #expect(throws: TrustError.cryptography(.fileTooOpen(path: file, mode: 0o640))) { try keyring.signingKey() }
    }

    @Test func `an encrypted keyring opens with its passphrase, and gets no key in the clear`() throws {
        var keyring = try made(passphrase: secret("correct horse"))
        #expect(throws: TrustError.cryptography(.passphraseRequired)) { try keyring.signingKey() }
        #expect(throws: TrustError.cryptography(.passphraseWrong)) { try keyring.signingKey(passphrase: secret("x")) }
        _ = try keyring.signingKey(passphrase: secret("correct horse"))
        _ = try keyring.rootPrivateKey(passphrase: secret("correct horse"))
        #expect(throws: TrustError.cryptography(.passphraseRequired)) { try keyring.makeKey(.ed25519, at: noon) }
        #expect(throws: TrustError.cryptography(.passphraseRequired)) {
            try keyring.revoke(keyring.keys[0].id, at: noon)
        }
        #expect(throws: TrustError.cryptography(.passphraseRequired)) { try keyring.makeNextRoot() }
        #expect(keyring.keys.map(\.state) == [.signing])
        let id = try keyring.makeKey(.ed25519, passphrase: secret("correct horse"), at: noon).id
        let pem = try String(contentsOfFile: path + "/\(id).pem", encoding: .utf8)
        #expect(pem.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
    }

    @Test func `a key that the passphrase does not open never becomes the one that signs`() throws {
        var keyring = try made(passphrase: secret("old"))
        let id = try keyring.makeKey(.ed25519, passphrase: secret("mistyped"), at: noon).id
        #expect(throws: TrustError.cryptography(.passphraseWrong)) {
            try keyring.rotate(to: id, force: true, passphrase: secret("old"), at: noon)
        }
        #expect(try Keyring(opening: path).keys.map(\.state) == [.signing, .pending])
    }

    @Test(arguments: [
        (["-algorithm", "ed25519"], SignatureAlgorithm.ed25519),
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], .p256),
    ])
    func `keys of openssl are imported, private and public`(options: [String], algorithm: SignatureAlgorithm)
        async throws
    {
        var keyring = try made()
        let file = directory.path("made.pem")
        try await ChildProcess.output(of: "openssl", ["genpkey", "-out", file] + options)
        let publicPEM = try await ChildProcess.output(of: "openssl", ["pkey", "-in", file, "-pubout"])

        let record = try keyring.importKey(pem: secret(publicPEM), at: noon)
        #expect(record.state == .pending && record.algorithm == algorithm && !keyring.hasPrivateKey(record.id))
        #expect(throws: TrustError.noPrivateKey(record.id)) { try keyring.privateKey(record.id) }
        #expect(try keyring.publicKey(record.id).pemRepresentation() == publicPEM)

        let again = try keyring.importKey(pem: SecretFile.read(file), at: noon.adding(seconds: 5))
        #expect(again == record && keyring.keys.count == 2)
        #expect(try keyring.privateKey(record.id).publicKey == keyring.publicKey(record.id))
    }

    @Test func `an encrypted key of openssl is imported with its own passphrase`() async throws {
        var keyring = try made(passphrase: secret("ours"))
        let file = directory.path("made.pem")
        try await ChildProcess.output(
            of: "openssl", ["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:theirs", "-out", file])
        #expect(throws: TrustError.cryptography(.passphraseRequired)) {
            try keyring.importKey(pem: SecretFile.read(file), passphrase: secret("ours"), at: noon)
        }
        let record = try keyring.importKey(
            pem: SecretFile.read(file), pemPassphrase: secret("theirs"), passphrase: secret("ours"), at: noon)
        #expect(try keyring.privateKey(record.id, passphrase: secret("ours")).id == record.id)
    }

    @Test(arguments: ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
    func `what is no key is not imported`(text: String) throws {
        var keyring = try made()
        let error = #expect(throws: TrustError.self) { try keyring.importKey(pem: secret(text), at: noon) }
        #expect(error?.code == "cryptography_failed")
        #expect(try Keyring(opening: path).keys.count == 1)
    }

    @Test func `keys that linkseal can't use are named`() async throws {
        var keyring = try made()
        let file = directory.path("rsa.pem")
        try await ChildProcess.output(of: "openssl", ["genpkey", "-algorithm", "RSA", "-out", file])
        let error = #expect(throws: TrustError.self) { try keyring.importKey(pem: SecretFile.read(file), at: noon) }
        #expect(error == .cryptography(.unsupportedKey(found: "RSA")))
    }

    @Test func `a root key never becomes a signing key`() throws {
        var keyring = try made()
        let next = try keyring.makeNextRoot()
        for key in [try keyring.rootKey(), next] {
            #expect(throws: TrustError.rootKeyCannotSignLinks(key.id)) {
                try keyring.importKey(pem: secret(key.pemRepresentation()), at: noon)
            }
        }
    }

    @Test func `a private key that the index does not name is shown, and importing it adopts it`() throws {
        var keyring = try made()
        let stray = try PrivateKey.generate(.ed25519)
        try stray.write(to: path + "/\(stray.id).pem")
        #expect(keyring.unlistedKeys() == [stray.id])
        #expect(try keyring.signingKey().id == keyring.keys[0].id)
        _ = try keyring.makeKey(.ed25519, at: noon)
        #expect(keyring.unlistedKeys() == [stray.id])
        let record = try keyring.importKey(pem: SecretFile.read(path + "/\(stray.id).pem"), at: noon)
        #expect(record.id == stray.id && keyring.unlistedKeys().isEmpty)
        #expect(try keyring.privateKey(stray.id).id == stray.id)
    }

    @Test func `an imported public key signs elsewhere: rotating by itself passes it over, by name it takes it`() throws
    {
        var keyring = try made()
        let elsewhere = try PrivateKey.generate(.p256)
        _ = try keyring.importKey(pem: secret(elsewhere.publicKey.pemRepresentation()), at: noon)
        guard case .rotated(_, let to, _) = try keyring.rotate(force: true, at: noon) else {
            Issue.record("not rotated")
            return
        }
        #expect(to != elsewhere.id)
        guard case .rotated(to, elsewhere.id, _) = try keyring.rotate(to: elsewhere.id, force: true, at: noon) else {
            Issue.record("not rotated")
            return
        }
        #expect(throws: TrustError.noPrivateKey(elsewhere.id)) { try keyring.signingKey() }
    }

    @Test func `a writer that finds another one at work waits for it`() async throws {
        var keyring = try self.made()
        keyring.patience = .seconds(600)
        let lock = open(path + "/.lock", O_RDWR | O_CLOEXEC)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        async let made = onThread { [keyring] in
            var own = keyring
            return try own.makeKey(.ed25519, at: noon)
        }
        while openCount(of: path + "/.lock") < 2 { try await Task.sleep(for: .milliseconds(5)) }
        close(lock)
        let key = try await made
        #expect(try Keyring(opening: path).keys.last == key)
    }

    @Test func `a writer that finds another one at work for too long says so`() throws {
        var keyring = try made()
        keyring.patience = .milliseconds(50)
        let descriptor = open(path + "/.lock", O_RDWR)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(throws: TrustError.keyringBusy(directory: path)) { try keyring.makeKey(.ed25519, at: noon) }
        #expect(throws: Never.self) { try Keyring(opening: path) }
    }

    @Test func `writers at the same time take turns, and no key is lost`() async throws {
        let keyring = try made()
        await withTaskGroup(of: Void.self) { (group) in
            for _ in 0..<8 {
                group.addTask {
                    var own = keyring
                    while (try? own.makeKey(.ed25519, at: noon)) == nil { await Task.yield() }
                }
            }
        }
        let reopened = try Keyring(opening: path)
        #expect(reopened.keys.count == 9 && reopened.unlistedKeys().isEmpty)
    }

    @Test func `a change sees what another process changed since`() throws {
        var first = try made()
        var second = try Keyring(opening: path)
        let made = try second.makeKey(.ed25519, at: noon)
        #expect(first.keys.count == 1)
        _ = try first.makeKey(.ed25519, at: noon)
        #expect(first.keys.count == 3 && first.keys[1] == made)
    }

    @Test(arguments: ["", "{", "{\"format\": 2, \"root\": \"00000000\", \"sequence\": 0, \"keys\": []}", "[]"])
    func `a damaged index is named and left as it is`(text: String) throws {
        _ = try made()
        try text.write(toFile: path + "/keyring.json", atomically: false, encoding: .utf8)
        let error = #expect(throws: TrustError.self) { try Keyring(opening: path) }
        #expect(error?.code == "keyring_damaged" && error?.description.contains("keyring.json") == true)
        #expect(try String(contentsOfFile: path + "/keyring.json", encoding: .utf8) == text)
    }

    @Test func `a swapped key file is refused`() throws {
        let keyring = try made()
        let id = keyring.keys[0].id
        try FileManager.default.removeItem(atPath: path + "/\(id).pem")
        try PrivateKey.generate(.ed25519).write(to: path + "/\(id).pem")
        let error = #expect(throws: TrustError.self) { try keyring.signingKey() }
        #expect(error?.code == "keyring_damaged")
    }

    @Test func `a public key file that holds another key is refused, of link keys and of root keys`() throws {
        var keyring = try made()
        let (id, root) = (keyring.keys[0].id, try keyring.rootPrivateKey())
        let next = try keyring.makeNextRoot().id
        let stranger = try PrivateKey.generate(.ed25519).publicKey
        func expectDamaged(_ body: () throws -> Void) {
            let error = #expect(throws: TrustError.self) { try body() }
            #expect(error?.code == "keyring_damaged")
        }
        try stranger.write(to: path + "/\(id).pub.pem")
        expectDamaged { _ = try keyring.publicKey(id) }
        expectDamaged { _ = try keyring.publishedKeys() }
        expectDamaged { _ = try keyring.publish([], to: directory.path("bundle"), signedBy: root, at: noon) }
        try stranger.write(to: path + "/root-\(next).pub.pem")
        expectDamaged { _ = try keyring.nextRootKey() }
        try stranger.write(to: path + "/root-\(root.id).pub.pem")
        expectDamaged { _ = try keyring.rootKey() }
        #expect(!FileManager.default.fileExists(atPath: directory.path("bundle")))
    }

    @Test func `an index in which two keys sign, or a key appears twice, is damaged`() throws {
        var keyring = try made()
        let second = try keyring.makeKey(.ed25519, at: noon).id
        let file = path + "/keyring.json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        for (found, other) in [("pending", "signing"), (second.description, keyring.keys[0].id.description)] {
            let changed = text.replacing(found, with: other)
            #expect(changed != text)
            try changed.write(toFile: file, atomically: false, encoding: .utf8)
            let error = #expect(throws: TrustError.self) { try Keyring(opening: path) }
            #expect(error?.code == "keyring_damaged")
        }
    }

    @Test func `an encrypted keyring takes no private key without its passphrase`() throws {
        var keyring = try made(passphrase: secret("ours"))
        let key = try PrivateKey.generate(.ed25519)
        let file = directory.path("made.pem")
        try key.write(to: file)
        #expect(throws: TrustError.cryptography(.passphraseRequired)) {
            try keyring.importKey(pem: SecretFile.read(file), at: noon)
        }
        #expect(try Keyring(opening: path).keys.count == 1)
        #expect(!FileManager.default.fileExists(atPath: path + "/\(key.id).pem"))
    }
}
