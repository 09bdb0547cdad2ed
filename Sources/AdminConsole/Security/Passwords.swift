import Cryptography
import Files
import Glibc

/// The users who may sign in with a password, as stored in the workspace. Each line of the file is a user, the user's role
/// and the password's scrypt hash, with a space between them.
public struct Passwords: Sendable {
    struct Account: Hashable, Sendable {
        let password: PasswordHash
        let role: Role
    }

    /// ASVS 2.1.1 asks for 12 characters.
    public static let minimumLength = 12
    /// Far more than anybody types, so that hashing costs what it is meant to cost.
    public static let maximumByteCount = 1024

    private var accounts: [String: Account] = [:]

    /// - Throws: ``ConsoleRefusal/noPassword(path:)`` when there is no user.
    public init(contentsOf path: String) throws {
        guard access(path, F_OK) == 0 else { throw ConsoleRefusal.noPassword(path: path) }
        let text = try SecretFile.read(path).withSpan { (bytes) in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let role = Role(rawValue: String(words[1])),
                let hash = PasswordHash(phc: words[2])
            else { throw ConsoleRefusal.damagedPasswords(path: path, line: index + 1) }
            accounts[String(words[0])] = Account(password: hash, role: role)
        }
        guard !accounts.isEmpty else { throw ConsoleRefusal.noPassword(path: path) }
    }

    subscript(user: String) -> Account? { accounts[user] }

    /// Every user with the role, by name.
    public var users: [(name: String, role: Role)] {
        accounts.map { ($0.key, $0.value.role) }.sorted { $0.0 < $1.0 }
    }

    /// A hash to check if the user is unknown, so that response times do not reveal which users exist.
    ///
    /// It costs what the password of somebody who is there costs.
    func decoy() throws(CryptographyError) -> PasswordHash? {
        try accounts.min { $0.key < $1.key }.map { (_, account) throws(CryptographyError) in
            try PasswordHash(decoyFor: account.password)
        }
    }

    /// Sets a user's password, adding the user if necessary, and ends all of the user's sessions.
    ///
    /// - Parameters:
    ///   - password: of ``minimumLength`` characters or more.
    ///   - user: the name.
    ///   - role: nil to leave it as it is. The first user is an admin then.
    ///   - files: where the users are.
    ///   - cost: what a guess at the password costs.
    /// - Returns: the role.
    /// - Throws: ``ConsoleRefusal/noRole(user:)`` for another new user without one.
    @discardableResult
    public static func set(
        _ password: SecretBytes, of user: String, role: Role? = nil, in files: ConsoleFiles,
        cost: ScryptCost = .standard
    ) throws -> Role {
        guard isUsable(user) else { throw ConsoleRefusal.unusableUser(user) }
        let length = password.withSpan { (bytes) in bytes.indices.count { bytes[$0] & 0xC0 != 0x80 } }
        guard length >= minimumLength else { throw ConsoleRefusal.passwordTooShort(minimum: minimumLength) }
        guard password.count <= maximumByteCount else {
            throw ConsoleRefusal.passwordTooLong(maximum: maximumByteCount)
        }
        try files.prepare()
        var accounts: [String: Account] = [:]
        if access(files.passwords, F_OK) == 0 { accounts = try Passwords(contentsOf: files.passwords).accounts }
        guard let role = role ?? accounts[user]?.role ?? (accounts.isEmpty ? .admin : nil) else {
            throw ConsoleRefusal.noRole(user: user)
        }
        accounts[user] = Account(password: try PasswordHash(hashing: password, cost: cost), role: role)
        try write(accounts, to: files)
        return role
    }

    /// Removes a user, and ends all of the user's sessions.
    ///
    /// - Throws: ``ConsoleRefusal/noUser(_:)``, or ``ConsoleRefusal/lastUser(_:)`` for the only one.
    public static func remove(_ user: String, in files: ConsoleFiles) throws {
        var accounts = try Passwords(contentsOf: files.passwords).accounts
        guard accounts.removeValue(forKey: user) != nil else { throw ConsoleRefusal.noUser(user) }
        guard !accounts.isEmpty else { throw ConsoleRefusal.lastUser(user) }
        try write(accounts, to: files)
    }

    private static func write(_ accounts: [String: Account], to files: ConsoleFiles) throws {
        let text = accounts.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.role.rawValue) \($0.value.password.phc)\n" }.joined()
        try DurableFile.replace(files.passwords, Array(text.utf8).span, mode: 0o600)
    }

    static func isUsable(_ user: String) -> Bool {
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

    /// - Returns: whose password it is, or nil.
    func check(_ user: String, _ password: SecretBytes) throws -> Passwords.Account? {
        let stored = try Passwords(contentsOf: files.passwords)
        guard password.count <= Passwords.maximumByteCount else { return nil }
        guard let account = stored[user] else {
            _ = try stored.decoy()?.matches(password)
            return nil
        }
        return try account.password.matches(password) ? account : nil
    }
}
