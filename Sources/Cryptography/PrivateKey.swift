import COpenSSL

/// A private key. It signs from any number of threads, and can't be printed.
public final class PrivateKey: Sendable {
    public let publicKey: PublicKey
    public var algorithm: SignatureAlgorithm { key.algorithm }
    public var id: KeyID { publicKey.id }

    private let key: EVPKey
    private let template: MessageDigestContext

    private init(key: EVPKey) throws(CryptographyError) {
        self.key = key
        publicKey = try PublicKey(key: key)
        template = MessageDigestContext()
        let digest = key.algorithm == .p256 ? "SHA256" : nil
        guard EVP_DigestSignInit_ex(template.pointer, nil, digest, nil, nil, key.pointer, nil) == 1 else {
            throw .queued("prepare a signature")
        }
    }

    /// A new key from the system's CSPRNG.
    public static func generate(_ algorithm: SignatureAlgorithm) throws(CryptographyError) -> PrivateKey {
        let name = algorithm == .ed25519 ? "ED25519" : "EC"
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw .queued("make a key") }
        defer { EVP_PKEY_CTX_free(context) }
        var pointer: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            algorithm == .ed25519 || EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_generate(context, &pointer) == 1, let pointer
        else { throw .queued("make a key") }
        return try PrivateKey(key: EVPKey(adopting: pointer))
    }

    /// From PEM: PKCS #8, plain or encrypted (RFC 5958, RFC 8018), as `openssl genpkey` writes it.
    ///
    /// - Throws: ``CryptographyError/malformedKey(reason:)``, ``CryptographyError/unsupportedKey(found:)``,
    ///   ``CryptographyError/passphraseRequired`` or ``CryptographyError/passphraseWrong``.
    public convenience init(pem: SecretBytes, passphrase: SecretBytes? = nil) throws(CryptographyError) {
        let bio = MemoryBIO(secure: true)
        pem.withSpan { bio.write($0) }
        let isEncrypted = pem.withSpan { (text) in
            text.withUnsafeBufferPointer { (bytes) in
                bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0.prefix(64), as: UTF8.self) }
            }
        }.contains("ENCRYPTED")
        if isEncrypted, passphrase == nil { throw .passphraseRequired }

        // OpenSSL's default callback would ask on the terminal. This one answers with what was given, or with nothing.
        let given = passphrase ?? SecretBytes(copying: [UInt8]().span)
        let pointer = withExtendedLifetime(given) {
            PEM_read_bio_PrivateKey(
                bio.pointer, nil,
                { (buffer, size, _, context) in
                    let secret = Unmanaged<SecretBytes>.fromOpaque(context!).takeUnretainedValue()
                    guard let buffer, secret.count <= Int(size) else { return -1 }
                    secret.withSpan { (bytes) in
                        for index in bytes.indices { buffer[index] = CChar(bitPattern: bytes[index]) }
                    }
                    return Int32(secret.count)
                },
                Unmanaged.passUnretained(given).toOpaque())
        }
        guard let pointer else {
            ERR_clear_error()
            throw isEncrypted
                ? .passphraseWrong
                : .malformedKey(reason: "there is no PEM block PRIVATE KEY that OpenSSL can read")
        }
        try self.init(key: EVPKey(adopting: pointer))
    }

    /// Runs the body with the key as PEM PKCS #8, encrypted with AES-256-CBC under a PBKDF2 key when there is a
    /// passphrase. The text is wiped afterwards.
    public func withPEM<Result>(
        passphrase: SecretBytes? = nil, _ body: (Span<UInt8>) throws(CryptographyError) -> Result
    ) throws(CryptographyError) -> Result {
        let bio = MemoryBIO(secure: true)
        let written =
            if let passphrase {
                passphrase.withSpan { (bytes) in
                    bytes.withUnsafeBufferPointer { (buffer) in
                        buffer.withMemoryRebound(to: CChar.self) {
                            PEM_write_bio_PKCS8PrivateKey(
                                bio.pointer, key.pointer, EVP_aes_256_cbc(), $0.baseAddress, Int32($0.count), nil, nil)
                        }
                    }
                }
            } else {
                PEM_write_bio_PKCS8PrivateKey(bio.pointer, key.pointer, nil, nil, 0, nil, nil)
            }
        guard written == 1 else { throw .queued("write a private key") }
        return try bio.withSpan(body)
    }

    /// Signs the message: deterministically with Ed25519, with a fresh nonce with P-256.
    public func signature(for message: Span<UInt8>) throws(CryptographyError) -> Signature {
        // An ECDSA P-256 signature is at most 72 bytes of DER.
        var buffer = InlineArray<80, UInt8>(repeating: 0)
        var count = 80
        var output = buffer.mutableSpan
        let done = try template.withCopy { (context) in
            output.withUnsafeMutableBufferPointer { (output) in
                message.withPointer { EVP_DigestSign(context, output.baseAddress, &count, $0, $1) }
            }
        }
        guard done == 1 else { throw .queued("sign") }
        switch algorithm {
        case .ed25519:
            return Signature(bytes: InlineArray { buffer[$0] })
        case .p256:
            return try buffer.span.withPointer { (der, _) throws(CryptographyError) in
                try ECDSASignature.fixed(der: der!, count: count)
            }
        }
    }
}

extension PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Names the key; nothing of the key itself.
    public var description: String { "private \(publicKey)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
