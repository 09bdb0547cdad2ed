import Files

/// What can go wrong with keys, files of keys and OpenSSL itself.
///
/// A signature that does not verify is not an error here: ``PublicKey/isValidSignature(_:for:)`` answers false.
public enum CryptographyError: Error, Hashable, Sendable {
    /// OpenSSL refused an operation for the reasons in its error queue, the oldest first.
    case openSSL(operation: String, reasons: [String])
    /// The text is not a PEM key of the kind that was asked for.
    case malformedKey(reason: String)
    /// The key is well formed but neither Ed25519 nor ECDSA on P-256.
    case unsupportedKey(found: String)
    /// The public key is well formed, but signatures under it prove nothing.
    case unsafeKey(reason: String)
    /// The private key is encrypted and no passphrase was given.
    case passphraseRequired
    /// The private key is encrypted and the passphrase does not open it.
    case passphraseWrong
    /// A file of secrets that others than its owner may read or write. The mode is the permission bits.
    case fileTooOpen(path: String, mode: UInt32)
    /// A file that should hold a ``BearerKey`` holds something else.
    case unusableBearerKey(path: String)
    /// A file that would be created is there already.
    case fileExists(path: String)
    case file(FileError)
}

extension CryptographyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .openSSL(let operation, let reasons):
            "OpenSSL could not \(operation)"
                + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
        case .malformedKey(let reason):
            "not a key: \(reason); expected PEM as `openssl genpkey` and `openssl pkey` write it"
        case .unsupportedKey(let found):
            "a key of the kind \(found) can't be used; make one with `openssl genpkey -algorithm ed25519`"
                + " or `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
        case .unsafeKey(let reason):
            "the Ed25519 public key can't be used: \(reason); no key generator makes such keys, so find out where it comes from"
        case .passphraseRequired:
            "the private key is encrypted, and no passphrase was given"
        case .passphraseWrong:
            "the passphrase does not open the private key"
        case .fileTooOpen(let path, let mode):
            "\(path) holds a secret but others may read or write it (mode \(String(mode, radix: 8)));"
                + " run `chmod 600 \(path)`, and replace the secret if somebody may have read it"
        case .unusableBearerKey(let path):
            "\(path) holds no usable key: expected one line of at least \(BearerKey.minimumLength) letters, digits and"
                + " -._~+/=, such as `openssl rand -hex 32` prints"
        case .fileExists(let path):
            "\(path) already exists and is not overwritten"
        case .file(let error): error.description
        }
    }
}
