import Cryptography

/// Why a link is refused. The checks are made in the order of the cases, and the first that fails is the answer.
public enum LinkRefusal: Error, Hashable, Sendable {
    case text(CredentialTextError)
    /// The first byte isn't a version of the token format.
    case version(UInt8)
    case layout(LayoutError)
    /// The key is not in the trust bundle.
    case keyUnknown(KeyID)
    /// The key is revoked, or it is retired and the link was to be opened.
    case keyNotVerifying(KeyID)
    case signature
    /// The distribution's epoch is above the link's.
    case deleted(DistributionID)
    /// This one link was revoked.
    case revoked(Nonce)
    /// It expired at that time.
    case expired(UnixTime)
    /// The embedded data is not that of the link.
    case embeddedDataMismatch
    /// The check could not be made: OpenSSL failed.
    case unavailable(CryptographyError)
}

extension LinkRefusal {
    /// The stable name of the refusal: in the HTTP API, on the command line and in test vectors.
    public var code: String {
        switch self {
        case .text: "text_invalid"
        case .version: "version_unknown"
        case .layout: "layout_invalid"
        case .keyUnknown: "key_unknown"
        case .keyNotVerifying: "key_not_verifying"
        case .signature: "signature_invalid"
        case .deleted: "link_deleted"
        case .revoked: "link_revoked"
        case .expired: "link_expired"
        case .embeddedDataMismatch: "embedded_data_mismatch"
        case .unavailable: "verification_unavailable"
        }
    }
}

extension LinkRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .text(let fault): "this is not a whole link: \(fault); copy it again, from beginning to end"
        case .version(let version):
            "the token has an unknown version (\(version)); the link was cut or changed, or a newer"
                + " linkseal made it"
        case .layout(let fault): "this is not a whole link: \(fault); copy it again, from beginning to end"
        case .keyUnknown(let id):
            "the link was signed with the key \(id), which is not trusted here; publish a bundle that has it"
        case .keyNotVerifying(let id): "the link was signed with the key \(id), which is retired or revoked"
        case .signature: "the signature is not valid: the link was changed or forged"
        case .deleted(let id): "the link was deleted with its distribution \(id)"
        case .revoked(let nonce): "the link \(nonce) was revoked"
        case .expired(let time): "the link expired at \(time)"
        case .embeddedDataMismatch: "the embedded data is not what the link was made for"
        case .unavailable(let error): error.description
        }
    }
}
