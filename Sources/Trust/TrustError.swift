import Cryptography
import Files
import LinkToken

/// What can go wrong with a keyring or a trust bundle.
public enum TrustError: Error, Hashable, Sendable {
    case cryptography(CryptographyError)
    case file(FileError)
    case noKeyring(directory: String)
    case keyringExists(directory: String)
    case damagedKeyring(path: String, reason: String)
    /// Another process changes the keyring.
    case keyringBusy(directory: String)
    case noSuchKey(KeyID)
    /// Two keys share their 4-byte ID.
    case keyIDTaken(KeyID)
    case noSigningKey
    /// The keyring holds no private half of the key.
    case noPrivateKey(KeyID)
    case impossibleTransition(KeyID, from: KeyState, to: KeyState)
    /// Links of the key still work.
    case keyInUse(KeyID, unexpiredLinks: Int)

    /// A root key was to sign links.
    case rootKeyCannotSignLinks(KeyID)
    /// The root key that was given is not the one that is expected.
    case otherRootKey(KeyID, expected: KeyID)
    /// There is no next root key to change to.
    case noNextRoot
    /// Edges may not know the next root key yet; until then at least, or not before it was published.
    case nextRootNotSettled(KeyID, until: UnixTime?)

    /// The published bundle says that the key is revoked, and the keyring does not.
    case revocationForgotten(KeyID)
    /// The published bundle was signed by the key that is the next root key here.
    case promotionForgotten(KeyID)
    /// The published bundle was issued later than now.
    case publishedInFuture(issuedAt: UnixTime, now: UnixTime)
    /// No bundle can have a sequence above this one.
    case sequenceTooHigh(UInt64, limit: UInt64)

    case malformedBundle(reason: String)
    case bundleTooLarge(limit: Int)
    /// A format that this version does not know.
    case unknownBundleFormat(Int)
    case wrongRoot(found: KeyID, pinned: KeyID)
    case bundleSignature
    /// The bundle is older than one that was accepted before.
    case bundleRollback(sequence: UInt64, accepted: UInt64)
    /// The bundle has the sequence of one that was accepted before, and says something else.
    case bundleEquivocation(sequence: UInt64)
    /// The file in which an edge keeps what it has accepted.
    case damagedAcceptance(path: String, reason: String)
}

extension TrustError {
    /// The stable name of the error, as logs and metrics have it.
    public var code: String {
        switch self {
        case .cryptography: "cryptography_failed"
        case .file: "file_failed"
        case .noKeyring: "keyring_missing"
        case .keyringExists: "keyring_exists"
        case .damagedKeyring: "keyring_damaged"
        case .keyringBusy: "keyring_busy"
        case .noSuchKey: "key_missing"
        case .keyIDTaken: "key_id_taken"
        case .noSigningKey: "signing_key_missing"
        case .noPrivateKey: "private_key_missing"
        case .impossibleTransition: "key_transition_impossible"
        case .keyInUse: "key_in_use"
        case .rootKeyCannotSignLinks: "root_key_signs_bundles_only"
        case .otherRootKey: "root_key_other"
        case .noNextRoot: "next_root_missing"
        case .nextRootNotSettled: "next_root_not_settled"
        case .revocationForgotten: "revocation_forgotten"
        case .promotionForgotten: "promotion_forgotten"
        case .publishedInFuture: "published_in_future"
        case .sequenceTooHigh: "sequence_too_high"
        case .malformedBundle: "bundle_malformed"
        case .bundleTooLarge: "bundle_too_large"
        case .unknownBundleFormat: "bundle_format_unknown"
        case .wrongRoot: "bundle_root_wrong"
        case .bundleSignature: "bundle_signature_invalid"
        case .bundleRollback: "bundle_rollback"
        case .bundleEquivocation: "bundle_equivocation"
        case .damagedAcceptance: "accepted_bundle_damaged"
        }
    }
}

extension TrustError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cryptography(let error): error.description
        case .file(let error): error.description
        case .noKeyring(let directory):
            "there is no keyring in \(directory)"
        case .keyringExists(let directory):
            "there is already a keyring in \(directory), which was not changed; choose another directory"
        case .damagedKeyring(let path, let reason):
            "\(path) can't be read: \(reason); restore it from a backup"
        case .keyringBusy(let directory):
            "another process is changing the keyring in \(directory); wait until it is done and try again"
        case .noSuchKey(let id): "there is no key \(id) in the keyring"
        case .keyIDTaken(let id):
            "the keyring already has a key with the ID \(id), and links refer to keys by ID; make another key"
        case .noSigningKey: "no key of the keyring signs links"
        case .noPrivateKey(let id): "the keyring has only the public half of the key \(id), so it can't sign here"
        case .impossibleTransition(let id, let from, let to):
            "the key \(id) is \(from.rawValue) and can't become \(to.rawValue)"
        case .keyInUse(let id, let count):
            "\(count) unexpired links were signed with the key \(id) and would stop working;"
                + " wait until they have expired"
        case .rootKeyCannotSignLinks(let id):
            "\(id) is a root key, which signs bundles and nothing else; make another key to sign links"
        case .otherRootKey(let id, let expected):
            "this is the root key \(id), but \(expected) is needed; give that key's file"
        case .noNextRoot: "there is no next root key"
        case .nextRootNotSettled(let id, let time):
            "edges may not know the root key \(id) yet and would refuse its bundles; "
                + (time.map { "wait until \($0)" } ?? "publish a bundle first, and wait for edges to take it")
        case .revocationForgotten(let id):
            "the published bundle says that the key \(id) is revoked, and the keyring does not, as after a restored"
                + " backup"
        case .promotionForgotten(let id):
            "the published bundle is signed by \(id), which is only the next root key here, as after a restored backup"
        case .publishedInFuture(let time, let now):
            "the published bundle was issued at \(time), and the clock shows \(now): it was set back, or was wrong then;"
                + " set the clock of this machine and publish again"
        case .sequenceTooHigh(let sequence, let limit):
            "sequence numbers end at \(limit), so there is none above \(sequence)"
        case .malformedBundle(let reason): "this is not a trust bundle: \(reason)"
        case .bundleTooLarge(let limit): "the trust bundle is larger than \(limit) bytes"
        case .unknownBundleFormat(let format):
            "the trust bundle has the format \(format), which is newer than this linkseal; update it"
        case .wrongRoot(let found, let pinned):
            "the trust bundle was signed by the root key \(found), but \(pinned) is pinned here"
        case .bundleSignature: "the signature of the trust bundle is not valid: it was changed or forged"
        case .bundleRollback(let sequence, let accepted):
            "the trust bundle has the sequence \(sequence), but \(accepted) was accepted before:"
                + " somebody is serving an old one"
        case .bundleEquivocation(let sequence):
            "there are two different trust bundles with the sequence \(sequence): publish a new one,"
                + " and find out who else signs with the root key"
        case .damagedAcceptance(let path, let reason):
            "\(path), where the edge keeps the last bundle that it accepted, can't be read: \(reason);"
                + " remove it if you are sure that the edge is given the newest bundle"
        }
    }
}
