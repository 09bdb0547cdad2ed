import ArgumentParser
import Cryptography
import Distributions
import LinkToken
import Trust

extension Workspace {
    /// Publishes what edges must know of a change, and says so where the root key is kept elsewhere.
    ///
    /// - Parameters:
    ///   - change: what was done, and stays done when publishing fails.
    ///   - secret: opens the root key where it is encrypted.
    /// - Returns: the publication, or nil where the root key is not here or needs another passphrase.
    func publishNoting(_ change: String, passphrase secret: SecretBytes? = nil) throws -> Publication? {
        let publication: Publication?
        do {
            publication = try publishIfPossible(keyring(), passphrase: secret, at: .now)
        } catch {
            throw CommandError("\(change), but edges don't know of it: \(advised(error)); then run `linkseal publish`")
        }
        if publication == nil {
            warn(
                "the root key can't be used here, so edges don't know yet; run `linkseal publish` where it can"
            )
        }
        return publication
    }
}

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Sign a new trust bundle, so that edges learn of keys, deletions and distributions.",
        discussion: """
            Publishing twice publishes once: while nothing has changed and the bundle is fresh enough, it stays as it is. \
            Run it daily from cron. Serve linkseal-data/bundle.json to edges over HTTPS, or copy it to them.

              linkseal publish
              linkseal publish --root-key /media/stick/root.pem --validity 14d
            """)

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var passphrase: PassphraseOptions

    @Option(help: ArgumentHelp("The root key, where it is not in the keyring.", valueName: "file"))
    var rootKey: String?

    @Option(help: ArgumentHelp("How long the bundle is good for, such as 30d or 12h.", valueName: "time"))
    var validity = DurationArgument(seconds: TrustBundle.standardValidity)

    @Option(
        help: ArgumentHelp("A sequence to exceed: what edges have, after a restored backup.", valueName: "sequence"))
    var above: UInt64 = 0

    @Flag(help: "Publish even if the last bundle was issued later than now, because the clock was wrong then.")
    var force = false

    struct Published: Encodable {
        var sequence: UInt64
        var published: Bool
        var bundle, nextUpdate: String
        var keys, distributions, bytes: Int
    }

    func validate() throws {
        if validity.seconds == 0 { throw ValidationError("--validity takes a time such as 30d.") }
    }

    func run() throws {
        let now = UnixTime.now
        let opened = try workspace.open()
        let keyring = try workspace.keyring()
        let secret = try passphrase.read()
        let root =
            try rootKey.map { try PrivateKey(contentsOf: $0, passphrase: secret) }
            ?? keyring.rootPrivateKey(passphrase: secret)
        let publication = try opened.publish(
            keyring, signedBy: root, validity: validity.seconds, above: above, force: force, at: now)
        let bundle = publication.bundle.bundle
        let report = Published(
            sequence: bundle.sequence, published: publication.isNew, bundle: opened.bundlePath,
            nextUpdate: bundle.nextUpdate.description, keys: bundle.keys.count,
            distributions: bundle.distributions.count, bytes: publication.byteCount)
        try result.show(report) {
            print(
                publication.isNew
                    ? "Published bundle \(bundle.sequence): \(opened.bundlePath)."
                    : "Nothing changed; bundle \(bundle.sequence) stays in force.")
            print("The next one is due by \(bundle.nextUpdate).")
        }
    }
}
