import Files
import Glibc

/// What keeps a server from listening as it was told to. The description says what to do.
public enum ServerError: Error, Hashable, Sendable {
    /// A TLS file can't be read.
    case tlsFileUnreadable(path: String, errno: Int32)
    /// The private key can be read by everybody, or changed by more than its owner.
    case tlsKeyTooOpen(path: String, mode: UInt32)
    /// The file holds no certificate in PEM, or one that is broken off.
    case tlsCertificateInvalid(path: String, reason: String)
    /// The file holds no private key in PEM that can be used.
    case tlsKeyInvalid(path: String, reason: String)
    /// The key is not that of the first certificate.
    case tlsKeyOfAnother(certificate: String, key: String)
    /// The address can't be listened on.
    case cannotListen(ListenAddress, reason: String)
    /// Something other than a socket lies where the UNIX-domain socket should be.
    case notASocket(path: String)
    /// Another process accepts connections on the UNIX-domain socket.
    case socketInUse(path: String)
    /// The process may open too few files to serve.
    case tooFewFiles(limit: Int)
    /// What systemd passed does not fit what was asked for.
    case socketActivation(reason: String)
}

extension ServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tlsFileUnreadable(let path, let errno):
            "can't read \(path): \(systemErrorMessage(errno))"
        case .tlsKeyTooOpen(let path, let mode):
            "others may read or change the private key \(path) (mode 0\(String(mode, radix: 8)));"
                + " run `chmod 600 \(path)`, and replace the key if others have been on this machine"
        case .tlsCertificateInvalid(let path, let reason):
            "\(path) is not a certificate chain in PEM: \(reason)"
        case .tlsKeyInvalid(let path, let reason):
            "\(path) is not a private key in PEM: \(reason)"
        case .tlsKeyOfAnother(let certificate, let key):
            "the private key \(key) does not belong to the first certificate in \(certificate);"
                + " the file must begin with the server's own certificate, and key and certificate must be a pair"
        case .cannotListen(let address, let reason):
            "can't listen on \(address): \(reason)"
        case .notASocket(let path):
            "can't listen on unix:\(path): a file that is not a socket exists there; remove it, or use another path"
        case .socketInUse(let path):
            "can't listen on unix:\(path): another process does; stop it, or use another path"
        case .tooFewFiles(let limit):
            "this process may open only \(limit) files, and an edge needs at least \(FileLimit.minimum);"
                + " raise the limit with `ulimit -n`, or LimitNOFILE= in the systemd unit"
        case .socketActivation(let reason):
            reason
        }
    }
}
