import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why nothing came from a server, in words that the operator of either side can act on.
public enum FetchError: Error, Hashable, Sendable {
    /// The name has no address.
    case unknownHost(String)
    /// There is no connection, or it broke off.
    case connection(reason: String)
    /// The server's certificate leads to no authority that is trusted here, or is not valid now.
    case untrustedCertificate
    /// The server's certificate is for other names than the address's.
    case certificateOfAnother
    /// The two sides agree on no TLS connection.
    case tls(reason: String)
    /// It took longer than it may, in seconds.
    case timedOut(seconds: Int)
    /// The server answers with another status than was asked for.
    case status(Int)
    /// The server sends to another place, which is not followed.
    case redirect(Int)
    /// What came is not HTTP.
    case notHTTP
    /// Anything else.
    case other(String)
}

extension FetchError {
    /// What an error of the HTTP client means.
    public init(_ error: any Error) {
        self =
            switch error {
            case let failure as FetchError: failure
            case let error as NIOConnectionError: Self(error)
            case let error as IOError: .connection(reason: String(cString: strerror(error.errnoCode)))
            case let error as ChannelError: Self(error)
            case let error as NIOSSLError: Self(error)
            case let error as NIOSSLExtraError where error == .failedToValidateHostname: .certificateOfAnother
            case let error as HTTPClientError: Self(error)
            case is HTTPParserError: .notHTTP
            default: .other("\(type(of: error))")
            }
    }

    private init(_ error: NIOConnectionError) {
        if let first = error.connectionErrors.first {
            self.init(first.error)
        } else {
            self = .unknownHost(error.host)
        }
    }

    private init(_ error: ChannelError) {
        self =
            switch error {
            case .connectTimeout: .connection(reason: Self.noAnswer)
            default: .connection(reason: Self.broken)
            }
    }

    private init(_ error: HTTPClientError) {
        self =
            switch error {
            case .connectTimeout, .readTimeout, .deadlineExceeded: .connection(reason: Self.noAnswer)
            case .remoteConnectionClosed, .uncleanShutdown: .connection(reason: Self.broken)
            case .tlsHandshakeTimeout: .tls(reason: "the server does not answer")
            default: .other(error.shortDescription.lowercased())
            }
    }

    private init(_ error: NIOSSLError) {
        guard case .handshakeFailed(let cause) = error else {
            self = .connection(reason: Self.broken)
            return
        }
        // BoringSSL's reason is in the text alone: "… OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …".
        let reason = "\(cause)".firstMatch(of: /OPENSSL_internal:([A-Z0-9_]+)/).map { String($0.1) }
        self =
            switch reason {
            case "CERTIFICATE_VERIFY_FAILED": .untrustedCertificate
            case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": .tls(reason: "the server does not speak it on this port")
            case let reason?: .tls(reason: reason.lowercased().replacing("_", with: " "))
            case nil: .tls(reason: "the server closed the connection during the handshake")
            }
    }

    private static let noAnswer = "the server does not answer in time"
    private static let broken = "the server closed the connection before it had answered"
}

extension FetchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownHost(let host): "the name \(host) can't be resolved; check it, and the name servers"
        case .connection(let reason): reason
        case .untrustedCertificate:
            "the server's certificate is not trusted: it has expired, or is from an unknown authority;"
                + " renew it, or add that authority"
        case .certificateOfAnother:
            "the server's certificate is for another name; use a name that it is for, or replace it"
        case .tls(let reason): "there is no TLS connection: \(reason)"
        case .timedOut(let seconds): "there was no answer within \(seconds) seconds"
        case .status(let status): "the server answers with the status \(status)"
        case .redirect(let status):
            "the server redirects (status \(status)), which is not followed; give its new address"
        case .notHTTP: "the server's answer is not HTTP"
        case .other(let reason): reason
        }
    }
}
