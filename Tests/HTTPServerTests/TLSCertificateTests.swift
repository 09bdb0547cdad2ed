import Foundation
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Certificate files")
struct TLSCertificateTests {
    @Test("files that can't be served are refused with what to do")
    func refusals() async throws {
        let directory = TemporaryDirectory()
        let files = CertificateFiles(in: directory.root)
        try await files.issue(serial: "01")
        let certificate = try files.load()
        #expect(certificate.serialNumber == "01" && certificate.notAfter > Int(Date().timeIntervalSince1970))

        chmod(files.key, 0o644)
        var fault = #expect(throws: ServerError.self) { try files.load() }
        #expect(fault == .tlsKeyTooOpen(path: files.key, mode: 0o644))
        #expect(fault?.description.contains("chmod 600 \(files.key)") == true)
        chmod(files.key, 0o640)
        _ = try files.load()

        let (chain, key) = (try files.text(files.certificate), try files.text(files.key))
        for broken in ["", "nothing", String(chain.prefix(200)), chain + String(chain.prefix(200))] {
            try files.write(broken, to: files.certificate)
            fault = #expect(throws: ServerError.self) { try files.load() }
            guard case .tlsCertificateInvalid? = fault else {
                Issue.record("\(String(describing: fault))")
                continue
            }
        }
        try files.write(chain + chain, to: files.certificate)
        _ = try files.load()

        try files.write(String(key.prefix(100)), to: files.key)
        fault = #expect(throws: ServerError.self) { try files.load() }
        guard case .tlsKeyInvalid? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }

        let other = TemporaryDirectory()
        let foreign = CertificateFiles(in: other.root)
        try await foreign.issue(serial: "02")
        fault = #expect(throws: ServerError.self) {
            try TLSCertificate(certificateFile: files.certificate, keyFile: foreign.key)
        }
        #expect(fault == .tlsKeyOfAnother(certificate: files.certificate, key: foreign.key))
        fault = #expect(throws: ServerError.self) {
            try TLSCertificate(certificateFile: directory.path("none"), keyFile: foreign.key)
        }
        #expect(fault == .tlsFileUnreadable(path: directory.path("none"), errno: ENOENT))
    }
}

extension CertificateFiles {
    fileprivate func load() throws(ServerError) -> TLSCertificate {
        try TLSCertificate(certificateFile: certificate, keyFile: key)
    }
}
