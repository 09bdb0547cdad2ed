import Cryptography

/// The credentials of contact sources, by the names of their variables.
public struct SourceCredentials: Sendable {
    private let values: [String: SecretBytes]

    /// Reads the values from a file of lines `NAME=value`, and those missing there from the environment.
    ///
    /// - Parameters:
    ///   - path: the file, which must have mode 0600; nil to use only the environment.
    ///   - environment: the environment variables.
    ///   - sources: the sources whose credentials are read.
    /// - Throws: ``SourceCredentialsError/file(_:)``, ``SourceCredentialsError/line(path:line:names:)``.
    public init(
        file path: String? = nil, environment: [String: String], of sources: [any ContactListSource.Type]
    ) throws(SourceCredentialsError) {
        let names = sources.flatMap { $0.credentialNames }
        var texts = environment.filter { names.contains($0.key) }
        if let path { texts.merge(try Self.read(path, names)) { $1.isEmpty ? $0 : $1 } }
        values = texts.filter { !$0.value.isEmpty }.mapValues { SecretBytes(copying: Array($0.utf8).span) }
    }

    /// The values of the variables with those names, in their order.
    ///
    /// - Throws: ``SourceCredentialsError/missing(_:)``.
    public func values(of names: [String]) throws(SourceCredentialsError) -> [SecretBytes] {
        let missing = names.filter { values[$0] == nil }
        guard missing.isEmpty else { throw .missing(missing) }
        return names.compactMap { values[$0] }
    }

    func hasAny(of names: [String]) -> Bool { names.contains { values[$0] != nil } }

    private static func read(_ path: String, _ names: [String]) throws(SourceCredentialsError) -> [String: String] {
        let text: String
        do {
            text = try SecretFile.read(path).text
        } catch {
            throw .file(error)
        }
        var values: [String: String] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            // Never the line itself in the error: it may be the secret.
            guard let equals = line.firstIndex(of: "="), names.contains(String(line[..<equals])) else {
                throw .line(path: path, line: index + 1, names: names)
            }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return values
    }
}

extension SecretBytes {
    /// Read as UTF-8.
    public var text: String {
        withSpan { (bytes) in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }
}

/// Why the credentials of a source can't be used.
public enum SourceCredentialsError: ContactSourceError, Hashable {
    /// These are neither in the environment nor in the file.
    case missing([String])
    /// A line of the file can't be read. Lines count from 1.
    case line(path: String, line: Int, names: [String])
    /// The file can't be read, or others than its owner may read it.
    case file(CryptographyError)

    public var description: String {
        switch self {
        case .missing(let names): "credentials are missing: \(names.joined(separator: ", "))"
        case .line(let path, let line, let names):
            "\(path), line \(line): expected NAME=value with a name of \(names.joined(separator: ", "))"
        case .file(let error): "\(error)"
        }
    }

    public var remedy: SourceRemedy? {
        if case .missing = self { .giveCredentials } else { nil }
    }
}

/// The contact sources of a program, and those of them that there are credentials for.
public struct ContactSources: Sendable {
    public let registered: [any ContactListSource.Type]
    public let open: [any ContactListSource]

    /// - Throws: ``SourceCredentialsError/missing(_:)`` when only some of a source's credentials are there, and what the
    ///   sources themselves throw.
    public init(_ registered: [any ContactListSource.Type] = [], credentials: SourceCredentials) throws {
        self.registered = registered
        open = try registered.filter { credentials.hasAny(of: $0.credentialNames) }.map {
            try $0.init(credentials, notify: { _ in })
        }
    }

    /// No sources.
    public init() { (registered, open) = ([], []) }

    /// The title of the source with that name, or the name itself where no such source is registered.
    public func title(of name: String) -> String { registered.first { $0.name == name }?.title ?? name }
}
