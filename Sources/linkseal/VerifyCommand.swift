import ArgumentParser
import Cryptography
import Distributions
import FoundationEssentials
import LinkToken
import Trust

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Show what a link contains and whether it is valid.",
        discussion: """
            Checks the signature, deletion, expiry and embedded data as an edge does; whether the link was used is in the \
            consumption log and not asked here. Without a workspace, name a bundle and the root key that it is signed with.

              linkseal verify https://links.example/l/L…
              pbpaste | linkseal verify -
              linkseal verify --bundle bundle.json --root-key root.pub.pem -

            Whoever holds a link can use it: with - it is read from standard input and stays out of the shell's history.
            """)

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions

    @Argument(help: ArgumentHelp("The link, or its token; - reads it from standard input.", valueName: "link-or-token"))
    var link: String

    @Option(help: ArgumentHelp("A bundle to trust by.", valueName: "file"))
    var bundle: String?

    @Option(help: ArgumentHelp("The root key that the bundle must be signed with.", valueName: "file"))
    var rootKey: String?

    @Option(
        help: ArgumentHelp(
            "The time to verify at: 60d or 12h from now, 2027-01-31 (its end, UTC) or a time with a zone (default: now).",
            valueName: "when"))
    var at: String?

    func validate() throws {
        if (bundle == nil) != (rootKey == nil) { throw ValidationError("--bundle and --root-key go together.") }
    }

    func run() throws {
        let now = try at.map(Self.time) ?? .now
        let given = link == "-" ? Self.standardInput() : link
        let text = LinkText(given)
        let trusted = try trustedBundle()

        var verdict = VerificationReport()
        do throws(LinkRefusal) {
            let token = try Token(parsing: text.token)
            verdict.fill(token.unverifiedClaims, key: token.keyID)
            let link = try token.authenticate(against: trusted)
            verdict.signature = "valid"
            verdict.expires = link.expiry.description
            try link.checkExpiry(at: now)
            if let fields = trusted.distribution(link.nonce.distribution)?.embeddedData.inLinkFields, !fields.isEmpty {
                _ = try link.inLinkData(fields: fields, from: text.query)
                verdict.embeddedData = "matches"
            }
            verdict.verdict = "valid"
        } catch {
            verdict.verdict = error.code
            verdict.reason = error.description
        }
        try result.show(verdict) { verdict.printLines() }
        if verdict.verdict != "valid" { throw ExitCode.failure }
    }

    /// All of it, since mail programs break links into lines.
    private static func standardInput() -> String {
        var text = ""
        while text.utf8.count <= LinkText.byteCountLimit, let line = readLine(strippingNewline: false) { text += line }
        return text
    }

    private static func time(_ text: String) throws(DistributionsError) -> UnixTime {
        let isDuration = Duration(parsing: text) != nil
        // Links may be verified at a time in the past; a duration counts from now.
        return try Expiration(text, now: isDuration ? .now : UnixTime(rawValue: 0)).time
    }

    private func trustedBundle() throws -> VerifiedBundle {
        let (path, root): (String, PublicKey)
        if let bundle, let rootKey {
            (path, root) = (bundle, try PublicKey(contentsOf: rootKey))
        } else {
            let opened = try workspace.open()
            (path, root) = (opened.bundlePath, try workspace.keyring().rootKey())
        }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandError("can't read the bundle \(path); make it with `linkseal publish`")
        }
        return try VerifiedBundle(opening: Array(data).span, root: root)
    }
}

/// What is known of a link after verifying it.
struct VerificationReport: Encodable {
    var verdict = ""
    var reason: String?
    var signature = "not valid"
    var key, contactID, distribution, expires, embeddedDataHash, embeddedData: String?
    var serial: UInt32?
    var epoch: UInt16?

    mutating func fill(_ claims: Claims, key: KeyID) {
        self.key = key.description
        contactID = claims.contactID.text
        distribution = claims.nonce.distribution.description
        serial = claims.nonce.serial.rawValue
        epoch = claims.epoch.rawValue
        expires = claims.expiry.description
        embeddedDataHash = claims.embeddedDataHash?.description
    }

    private var serialText: String? {
        serial.map { Serial(rawValue: $0).isForTesting ? "\($0), a test link" : "\($0)" }
    }

    func printLines() {
        if signature != "valid", contactID != nil { print("The link says this, without proof:") }
        let lines: [(String, String?)] = [
            ("contact ID", contactID), ("distribution", distribution), ("serial", serialText),
            ("epoch", epoch?.description), ("expires", expires), ("data hash", embeddedDataHash), ("key", key),
            ("signature", contactID == nil ? nil : signature), ("embedded data", embeddedData),
        ]
        for case (let name, let value?) in lines {
            print("  \(name)\(String(repeating: " ", count: 15 - name.count))\(value)")
        }
        print(reason.map { "refused (\(verdict)): \($0)" } ?? "The link is valid.")
    }
}
