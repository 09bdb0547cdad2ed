import Foundation
import TestSupport
import Testing

@testable import EdgeService

/// A self-signed certificate and its key, written by openssl(1).
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String

    init(in directory: String) {
        certificate = directory + "/tls.crt"
        key = directory + "/tls.key"
    }

    /// - Parameter serial: the certificate's serial number in hexadecimal.
    func issue(serial: String) async throws {
        let outcome = try await ChildProcess.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-set_serial", "0x\(serial)", "-keyout", key + ".new", "-out", certificate + ".new",
            ])
        try #require(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        for path in [key, certificate] {
            _ = path.withCString { (path) in rename(String(cString: path) + ".new", path) }
        }
    }

    func load() throws(EdgeFault) -> TLSCertificate {
        try TLSCertificate(certificateFile: certificate, keyFile: key)
    }

    func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}

/// What curl(1) was answered.
struct CurlAnswer: Sendable {
    let exit: Int32
    /// `2` or `1.1`.
    let version: String
    let status: Int
    let body: String

    /// - Parameter files: whose certificate is trusted, and no other.
    static func get(
        _ port: Int, _ path: String, _ options: [String] = [], trusting files: CertificateFiles
    ) async throws -> CurlAnswer {
        let outcome = try await ChildProcess.run(
            "curl",
            [
                "--silent", "--max-time", "60", "--cacert", files.certificate, "--write-out",
                "\n%{http_version} %{http_code}",
            ] + options + ["https://127.0.0.1:\(port)\(path)"])
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        let last = (lines.last ?? "").split(separator: " ")
        return CurlAnswer(
            exit: outcome.status, version: last.first.map(String.init) ?? "",
            status: last.last.flatMap { Int($0) } ?? 0, body: lines.dropLast().joined(separator: "\n"))
    }
}
