import AsyncHTTPClient
import Foundation
import NIOSSL
import TestSupport
import Testing
import Trust

@testable import EdgeService

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
    private func fetch(trusting roots: NIOSSLTrustRoots) async throws -> BundleFollower {
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
        var configuration = URLBundleFetcher.configuration
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = roots
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let fetcher = URLBundleFetcher(url: "https://127.0.0.1:\(port!)/bundle", limits: .patient, client: client)
        let opened = await Result {
            try await BundleFollower.open(
                fetcher: .url(fetcher), pinned: publisher.root.publicKey,
                record: AcceptedBundleFile(directory.path("record")), schedule: PollSchedule(seconds: 1),
                clock: { noon }, logger: LogRecorder().logger)
        }
        try await client.shutdown()
        return try opened.get()
    }

    @Test func `a certificate of a trusted authority for the right name is accepted`() async throws {
        try await certify("IP:127.0.0.1")
        let follower = try await fetch(trusting: .file(directory.path("ca.pem")))
        #expect(follower.trust.bundle.bundle.sequence == 1)
    }

    @Test func `a certificate for another name is refused`() async throws {
        try await certify("IP:127.0.0.2")
        await #expect(throws: BundleRefusal.self) { try await fetch(trusting: .file(directory.path("ca.pem"))) }
    }

    @Test func `a certificate of an authority that the system does not trust is refused`() async throws {
        try await certify("IP:127.0.0.1")
        await #expect(throws: BundleRefusal.self) { try await fetch(trusting: .default) }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
