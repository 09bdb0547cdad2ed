import Foundation
import Glibc

/// A self-signed certificate for this machine and its key, written by openssl(1).
public struct CertificateFiles: Sendable {
    public let certificate: String
    public let key: String

    public init(in directory: String) {
        certificate = directory + "/tls.crt"
        key = directory + "/tls.key"
    }

    /// Replaces both files, each at once.
    ///
    /// - Parameter serial: the certificate's serial number in hexadecimal.
    public func issue(serial: String = "1") async throws {
        _ = try await ChildProcess.output(
            of: "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-set_serial", "0x\(serial)", "-keyout", key + ".new", "-out", certificate + ".new",
            ])
        for path in [key, certificate] { rename(path + ".new", path) }
    }

    /// Replaces what is in one of the files.
    public func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    public func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
