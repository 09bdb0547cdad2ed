import ArgumentParser
import Consumption
import ConsumptionLog
import Cryptography
import Distributions
import Glibc
import LinkToken
import Trust

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a workspace with a root key, a first signing key and a session key.",
        discussion: """
            Makes keys/ and linkseal-data/ in the workspace directory. A workspace that exists is left as it is; \
            an incomplete one is completed, with the keys that it has.

            Links are signed with Ed25519 or with P-256; both are equally hard to forge. An Ed25519 key makes the same link \
            again, so downloading a distribution twice gives identical files. An edge verifies P-256 about three times as \
            fast, and HSMs and FIPS often ask for it, but each download has other signatures; all of them work. `linkseal \
            keys make --algorithm` makes a key of the other type later.

              linkseal init
              linkseal init --workspace /srv/linkseal --algorithm P-256
              linkseal init --ask-passphrase    # encrypts the private keys
            """)

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var passphrase: PassphraseOptions

    @Option(help: "The signature algorithm: Ed25519 or P-256.")
    var algorithm: SignatureAlgorithm = .ed25519

    private struct Made: Encodable {
        var workspace, rootKey, signingKey: String
        var algorithm: SignatureAlgorithm
    }

    func run() throws {
        let secret = try passphrase.readNew()
        let made = try Workspace.initialize(in: workspace.root, algorithm: algorithm, passphrase: secret, at: .now)
        let root = try made.keyring.rootKey()
        let signer = try made.keyring.signingKey(passphrase: secret)
        let report = Made(
            workspace: workspace.root, rootKey: root.id.description, signingKey: signer.id.description,
            algorithm: signer.publicKey.algorithm)
        try result.show(report) {
            print(
                """
                The workspace is ready.
                  signing key  \(signer.id) (\(report.algorithm.rawValue))
                  root key     \(root.id), which edges pin: \(made.keyring.directory)/root.pub.pem

                Keep a copy of \(made.keyring.directory)/ where only you can read it. Whoever has root-\(root.id).pem can \
                make every edge trust other keys; it is needed to publish, and may be kept offline in between.
                """)
        }
    }
}

extension Workspace {
    /// Makes a workspace that can generate and serve: keys, directories, an empty consumption log and a first bundle.
    ///
    /// What a run that was cut short has made stays, and the rest is added.
    ///
    /// - Parameter secret: encrypts the private keys.
    static func initialize(
        in root: String, algorithm: SignatureAlgorithm, passphrase secret: SecretBytes? = nil, at now: UnixTime
    ) throws -> (workspace: Workspace, keyring: Keyring) {
        let workspace = try Workspace.create(in: root)
        let keyring: Keyring
        do {
            keyring = try Keyring(opening: workspace.keyringDirectory)
        } catch TrustError.noKeyring {
            keyring = try Keyring.create(
                in: workspace.keyringDirectory, algorithm: algorithm, passphrase: secret, at: now)
        }
        if access(workspace.consumptionLogPath, F_OK) != 0 {
            try ConsumptionLog.create(at: workspace.consumptionLogPath)
        }
        try workspace.publish(keyring, signedBy: keyring.rootPrivateKey(passphrase: secret), at: now)
        return (workspace, try Keyring(opening: keyring.directory))
    }
}

extension SignatureAlgorithm: ExpressibleByArgument {
    public init?(argument: String) {
        guard let match = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = match
    }
}
