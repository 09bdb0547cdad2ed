import Fetching
import Foundation
import TestSupport
import Testing
import Trust

@testable import BundleFollowing

/// A server of bundles with TLS, by the `openssl` command.
@Suite(.timeLimit(.minutes(10))) struct CertificateTests {
    let directory = TemporaryDirectory()
    let publisher = Publisher()

    /// A certificate authority signs a certificate for a name.
    private func certify(_ name: String) async throws {
        let openssl = { (arguments: [String]) in try await ChildProcess.output(of: "openssl", arguments) }
        let path = directory.path
        for (file, common) in [("ca", "authority"), ("server", "server")] {
            _ = try await openssl(
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=\(common)",
                ]
                    + ["-keyout", path(file + ".key"), "-out", path(file + ".pem")]
                    + (file == "ca" ? [] : ["-CA", path("ca.pem"), "-CAkey", path("ca.key")])
                    + ["-addext", file == "ca" ? "keyUsage=keyCertSign" : "subjectAltName=\(name)"])
        }
    }

    /// Fetches a bundle from a server that shows the certificate.
    private func fetch(trusting caFile: String?) async throws -> BundleFollower {
        let bytes = publisher.bundle(1)
        try directory.write(
            Array("HTTP/1.0 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8) + bytes, to: "bundle")
        let server = try ChildProcess(
            "openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-HTTP", "-cert", directory.path("server.pem")]
                + ["-key", directory.path("server.key")],
            in: directory.root, output: directory.path("out"))
        defer { server.send(SIGKILL) }
        var port: Substring?
        while port == nil {
            await Task.yield()
            port =
                String(decoding: try directory.read("out"), as: UTF8.self)
                .firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)\n/)?.1
        }
        return try await BundleFollower.open(
            BundleSource("https://127.0.0.1:\(port!)/bundle"), pinned: publisher.root.publicKey,
            record: directory.path("record"), client: FetchClient.trusting(caFile), clock: { noon },
            logger: LogRecorder().logger)
    }

    private func failure(trusting caFile: String?) async throws -> FetchError? {
        do {
            _ = try await fetch(trusting: caFile)
            return nil
        } catch BundleRefusal.notFetched(_, let failure) {
            return failure
        }
    }

    @Test func `a certificate of a private authority for the right name is accepted`() async throws {
        try await certify("IP:127.0.0.1")
        let follower = try await fetch(trusting: directory.path("ca.pem"))
        #expect(follower.trust.bundle.bundle.sequence == 1)
    }

    @Test func `a certificate for another name is refused, and called that`() async throws {
        try await certify("IP:127.0.0.2")
        #expect(try await failure(trusting: directory.path("ca.pem")) == .certificateOfAnother)
    }

    @Test func `a certificate of an authority that is not trusted is refused, and called that`() async throws {
        try await certify("IP:127.0.0.1")
        #expect(try await failure(trusting: nil) == .untrustedCertificate)
        let (here, there) = (directory.path("ca.pem"), directory.path("other.pem"))
        try FileManager.default.moveItem(atPath: here, toPath: there)
        try await certify("IP:127.0.0.1")
        #expect(try await failure(trusting: there) == .untrustedCertificate)
    }

    @Test func `a file of authorities that can't be used is named`() async throws {
        for (name, content) in [("none", nil), ("empty", ""), ("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n")] {
            if let content { try directory.write(content, to: name) }
            let error = #expect(throws: AuthoritiesError.self) { try FetchClient.trusting(directory.path(name)) }
            #expect(error?.description.contains(directory.path(name)) == true)
        }
    }
}
