import Foundation
import TestSupport
import Testing

@testable import EdgeService
@testable import HTTPServer

extension CertificateFiles {
    func load() throws(ServerError) -> TLSCertificate {
        try TLSCertificate(certificateFile: certificate, keyFile: key)
    }
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
