import ArgumentParser
import Cryptography
import Glibc

/// Where the passphrase of encrypted private keys comes from: never the command line, which others can see.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of mode 0600 whose first line is the passphrase of the private keys.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("A file descriptor to read the passphrase from.", valueName: "number"))
    var passphraseFd: Int32?

    @Flag(help: "Ask for the passphrase on the terminal.")
    var askPassphrase = false

    func validate() throws {
        if [passphraseFile != nil, passphraseFd != nil, askPassphrase].count(where: { $0 }) > 1 {
            throw ValidationError("Give one of --passphrase-file, --passphrase-fd and --ask-passphrase.")
        }
    }

    func read() throws -> SecretBytes? { try read(asking: askSecret) }

    /// Reads the passphrase of a key that is made now.
    func readNew() throws -> SecretBytes? { try read(asking: askNewSecret) }

    private func read(asking: (String) throws -> SecretBytes) throws -> SecretBytes? {
        let secret: SecretBytes
        if let passphraseFile {
            secret = try SecretFile.read(passphraseFile).withSpan { firstLine($0) }
        } else if let passphraseFd {
            secret = try readSecretLine(from: passphraseFd, what: "passphrase")
        } else if askPassphrase {
            secret = try asking("Passphrase: ")
        } else {
            return nil
        }
        // OpenSSL writes a key with a longer one, and reads none (PEM_BUFSIZE).
        guard secret.count <= longestSecret else {
            throw CommandError(
                "the passphrase is longer than \(longestSecret) bytes, and no key could be opened with it")
        }
        return secret
    }
}

/// In bytes.
private let longestSecret = 1024

/// Reads the first line, up to a length that shows that it is too long.
func readSecretLine(from descriptor: Int32, what: String) throws -> SecretBytes {
    var bytes = [UInt8](repeating: 0, count: longestSecret + 1)
    defer { for index in bytes.indices { bytes[index] = 0 } }
    var filled = 0
    while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes {
            Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
        }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw CommandError("can't read the \(what) from file descriptor \(descriptor)") }
        if count == 0 { break }
        filled += count
    }
    return firstLine(bytes.span.extracting(..<filled))
}

/// Asks on the terminal without showing what is typed.
func askSecret(_ prompt: String) throws -> SecretBytes {
    // getpass(3) is limited and obsolete on other systems; glibc's turns echo off and reads from the terminal.
    guard let text = getpass(prompt) else { throw CommandError("there is no terminal to ask on") }
    defer { memset(text, 0, strlen(text)) }
    let count = strlen(text)
    return text.withMemoryRebound(to: UInt8.self, capacity: count) {
        SecretBytes(copying: UnsafeBufferPointer(start: $0, count: count).span)
    }
}

/// Asks twice for what is made now: after a slip nobody could open what it locks.
func askNewSecret(_ prompt: String) throws -> SecretBytes {
    let secret = try askSecret(prompt)
    let again = try askSecret("Again: ")
    let isSame = secret.withSpan { (a) in again.withSpan { (b) in constantTimeEqual(a, b) } }
    guard isSame else { throw CommandError("the two entries differ; nothing was changed") }
    return secret
}

func firstLine(_ bytes: Span<UInt8>) -> SecretBytes {
    var end = 0
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
    return SecretBytes(copying: bytes.extracting(..<end))
}
