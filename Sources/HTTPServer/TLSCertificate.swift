import Encoding
import Files
import Glibc
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The certificate that a server shows, with its private key, read again when the files change.
///
/// ```swift
/// let certificate = try TLSCertificate(
///     certificateFile: "/etc/linkseal/tls/fullchain.pem", keyFile: "/etc/linkseal/tls/privkey.pem")
/// ```
///
/// New handshakes get the new certificate; connections that are open go on. A pair that does not fit together, or is
/// written only half, is logged and counted, and the one before stays in force. TLS 1.2 and 1.3 are spoken, with
/// forward secrecy and authenticated encryption only (RFC 9325).
///
/// NIOCertificateReloading does not replace it: that reads and parses both files at every interval, whether or not they
/// changed, reports the same broken pair each time, and tries a pair while it is still being written.
public final class TLSCertificate: Sendable {
    public let certificatePath: String
    public let keyPath: String
    private let state: Mutex<State>

    private struct State {
        var pair: TLSPair
        var reloads = 0
        var refusals = 0
        /// What was looked at last, and whether it was tried.
        var seen: Fingerprints
        var isTried = true
    }

    fileprivate struct Fingerprints: Hashable {
        let certificate: FileFingerprint?
        let key: FileFingerprint?
    }

    /// Reads both files.
    ///
    /// - Parameters:
    ///   - certificateFile: PEM, the server's certificate first and the intermediate ones after it.
    ///   - keyFile: PEM, not encrypted, of a mode that lets nobody but its owner and group read it.
    public init(certificateFile: String, keyFile: String) throws(ServerError) {
        certificatePath = certificateFile
        keyPath = keyFile
        let seen = Fingerprints(
            certificate: FileFingerprint(path: certificateFile), key: FileFingerprint(path: keyFile))
        let pair = try TLSPair(certificateFile: certificateFile, keyFile: keyFile)
        state = Mutex(State(pair: pair, seen: seen))
    }

    var context: NIOSSLContext { state.withLock { $0.pair.context } }

    /// The certificate's serial number in hexadecimal, as `openssl x509 -serial` prints it.
    public var serialNumber: String { state.withLock { $0.pair.serialNumber } }

    /// When the certificate ends, in UNIX seconds.
    public var notAfter: Int { state.withLock { $0.pair.notAfter } }

    package struct Report: Sendable {
        package let notAfter: Int
        package let reloads: Int
        package let refusals: Int
    }

    var report: Report {
        state.withLock { Report(notAfter: $0.pair.notAfter, reloads: $0.reloads, refusals: $0.refusals) }
    }

    /// Looks at the files until it is cancelled or gracefully shut down.
    func watch(logger: Logger) async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(1))) != nil { self.look(logger) }
        }
    }

    /// Reads the files if they have changed since, and not again since the last look: whoever is writing them is given
    /// the time to end.
    private func look(_ logger: Logger) {
        let now = Fingerprints(
            certificate: FileFingerprint(path: certificatePath), key: FileFingerprint(path: keyPath))
        let isStable = state.withLock { (state) in
            guard state.seen == now else {
                state.seen = now
                state.isTried = false
                return false
            }
            guard !state.isTried else { return false }
            state.isTried = true
            return true
        }
        if isStable { reload(logger) }
    }

    /// Reads the files now.
    public func reload(_ logger: Logger) {
        do throws(ServerError) {
            let pair = try TLSPair(certificateFile: certificatePath, keyFile: keyPath)
            state.withLock {
                $0.pair = pair
                $0.reloads += 1
            }
            logger.notice("took up the TLS certificate", metadata: ["serial_number": "\(pair.serialNumber)"])
        } catch {
            state.withLock { $0.refusals += 1 }
            logger.error("kept the TLS certificate in force, since the files hold no good one: \(error)")
        }
    }
}

/// A certificate chain and the key of its first certificate, ready for handshakes.
private struct TLSPair: Sendable {
    let context: NIOSSLContext
    let serialNumber: String
    let notAfter: Int

    init(certificateFile: String, keyFile: String) throws(ServerError) {
        let chain = try Self.certificates(certificateFile)
        let key = try Self.key(keyFile)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        // What HTTP/2 allows of TLS 1.2 (RFC 9113 §9.2.2).
        configuration.cipherSuiteValues = [
            .TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        guard let context = try? NIOSSLContext(configuration: configuration) else {
            throw .tlsKeyOfAnother(certificate: certificateFile, key: keyFile)
        }
        self.context = context
        serialNumber = chain[0].serialNumber.map { $0.hexadecimal.uppercased() }.joined()
        notAfter = Int(chain[0].notValidAfter)
    }

    private static func certificates(_ path: String) throws(ServerError) -> [NIOSSLCertificate] {
        let bytes = try read(path, isPrivate: false)
        // The parser stops silently at a block that is broken off.
        let begun =
            String(decoding: bytes, as: UTF8.self)
            .split(separator: "-----BEGIN ", omittingEmptySubsequences: false).count - 1
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
            throw .tlsCertificateInvalid(path: path, reason: "it holds no certificate that can be read")
        }
        guard chain.count == begun else {
            throw .tlsCertificateInvalid(
                path: path, reason: "only \(chain.count) of its \(begun) blocks are certificates that can be read")
        }
        return chain
    }

    private static func key(_ path: String) throws(ServerError) -> NIOSSLPrivateKey {
        var bytes = try read(path, isPrivate: true)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        if String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") {
            throw .tlsKeyInvalid(
                path: path, reason: "it is encrypted; decrypt it with `openssl pkey` into a file of mode 0600")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw .tlsKeyInvalid(path: path, reason: "it can't be read as one")
        }
        return key
    }

    /// - Parameter isPrivate: whether others may neither read nor change it.
    private static func read(_ path: String, isPrivate: Bool) throws(ServerError) -> [UInt8] {
        let mode: mode_t
        do throws(FileError) {
            let file = try OpenFile(path)
            mode = try file.status().st_mode
            guard mode & S_IFMT == S_IFREG else { throw FileError("read", path, errno: EISDIR) }
            // The group may read: that is how distributions share a key between servers (Debian's group ssl-cert).
            if !isPrivate || mode & 0o027 == 0 { return try file.readAll(limit: 1 << 20) }
        } catch {
            throw .tlsFileUnreadable(path: path, errno: error.errno)
        }
        throw .tlsKeyTooOpen(path: path, mode: mode & 0o777)
    }
}
