import Cryptography
import Files
import Glibc

/// The users who may sign in, as stored in the workspace. Each line of the file is a user, a space, and a password's
/// scrypt hash.
public struct Passwords: Sendable {
    /// ASVS 2.1.1 asks for 12 characters.
    public static let minimumLength = 12
    /// Far more than anybody types, so that hashing costs what it is meant to cost.
    public static let maximumByteCount = 1024

    private var hashes: [String: PasswordHash] = [:]

    /// - Throws: ``ConsoleRefusal/noPassword(path:)`` when there is no user.
    public init(contentsOf path: String) throws {
        guard access(path, F_OK) == 0 else { throw ConsoleRefusal.noPassword(path: path) }
        let text = try SecretFile.read(path).withSpan { (bytes) in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let hash = PasswordHash(phc: words[1]) else {
                throw ConsoleRefusal.damagedPasswords(path: path, line: index + 1)
            }
            hashes[String(words[0])] = hash
        }
        guard !hashes.isEmpty else { throw ConsoleRefusal.noPassword(path: path) }
    }

    subscript(user: String) -> PasswordHash? { hashes[user] }

    /// A hash to check if the user is unknown, so that response times do not reveal which users exist.
    ///
    /// It costs what the password of somebody who is there costs.
    func decoy() throws(CryptographyError) -> PasswordHash? {
        try hashes.min { $0.key < $1.key }.map { (_, hash) throws(CryptographyError) in try PasswordHash(decoyFor: hash)
        }
    }

    /// Sets a user's password, adding the user if necessary, and ends all of the user's sessions.
    public static func set(
        _ password: SecretBytes, of user: String, in files: ConsoleFiles, cost: ScryptCost = .standard
    ) throws {
        guard isUsable(user) else { throw ConsoleRefusal.unusableUser(user) }
        let length = password.withSpan { (bytes) in bytes.indices.count { bytes[$0] & 0xC0 != 0x80 } }
        guard length >= minimumLength else { throw ConsoleRefusal.passwordTooShort(minimum: minimumLength) }
        guard password.count <= maximumByteCount else {
            throw ConsoleRefusal.passwordTooLong(maximum: maximumByteCount)
        }
        try files.prepare()
        var hashes: [String: PasswordHash] = [:]
        if access(files.passwords, F_OK) == 0 { hashes = try Passwords(contentsOf: files.passwords).hashes }
        hashes[user] = try PasswordHash(hashing: password, cost: cost)
        let text = hashes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.phc)\n" }.joined()
        try DurableFile.replace(files.passwords, Array(text.utf8).span, mode: 0o600)
    }

    private static func isUsable(_ user: String) -> Bool {
        (1...64).contains(user.utf8.count)
            && user.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "._-@".contains(Character($0)))
            }
    }
}

/// Checks passwords one at a time: each takes 128 MiB while it lasts.
actor PasswordCheck {
    private let files: ConsoleFiles

    init(_ files: ConsoleFiles) {
        self.files = files
    }

    /// - Returns: the stored password that matched, or nil.
    func check(_ user: String, _ password: SecretBytes) throws -> PasswordHash? {
        let stored = try Passwords(contentsOf: files.passwords)
        guard password.count <= Passwords.maximumByteCount else { return nil }
        guard let hash = stored[user] else {
            _ = try stored.decoy()?.matches(password)
            return nil
        }
        return try hash.matches(password) ? hash : nil
    }
}
