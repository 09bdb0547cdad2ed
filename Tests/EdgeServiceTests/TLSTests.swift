import Consumption
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("TLS and HTTP/2")
struct TLSTests {
    /// Runs the body against an edge that speaks TLS.
    static func serving(
        serial: String = "0A1B", readsProxyProtocol: Bool = false,
        requestTime: TimeAmount = ServerLimits().requestTime,
        _ body: @escaping @Sendable (EdgeHarness, CertificateFiles) async throws -> Void
    ) async throws {
        let directory = TemporaryDirectory()
        let files = CertificateFiles(in: directory.root)
        try await files.issue(serial: serial)
        let certificate = try files.load()
        try await EdgeHarness.serving(
            configure: { (configuration, _) in
                configuration.tls = certificate
                configuration.readsProxyProtocol = readsProxyProtocol
                configuration.limits.requestTime = requestTime
            },
            { try await body($0, files) })
    }

    /// What `openssl s_client` says of a handshake.
    static func handshake(_ port: Int, _ options: [String] = []) async throws -> ChildProcess.Outcome {
        try await ChildProcess.run(
            "openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost"] + options)
    }

    /// The serial number of the certificate that a new handshake gets.
    static func servedSerial(_ port: Int) async throws -> String {
        let outcome = try await ChildProcess.run(
            "sh", ["-c", "openssl s_client -connect 127.0.0.1:\(port) </dev/null | openssl x509 -noout -serial"])
        return String(outcome.output.split(separator: "\n").first { $0.hasPrefix("serial=") }?.dropFirst(7) ?? "")
    }

    @Test("curl opens a link over HTTP/2, and over HTTP/1.1 when it asks for that")
    func versions() async throws {
        try await Self.serving { (edge, files) in
            for (serial, (option, version)) in [("--http2", "2"), ("--http1.1", "1.1")].enumerated() {
                let token = try edge.token(UInt32(serial))
                let page = try await CurlAnswer.get(edge.port, "/l/\(token)", [option], trusting: files)
                #expect(page.exit == 0 && page.version == version && page.status == 200)
                #expect(page.body.contains("Start the survey"))
                let start = try await CurlAnswer.get(
                    edge.port, "/v1/start",
                    [option, "-H", "Content-Type: application/json", "-d", "{\"token\":\"\(token)\"}"],
                    trusting: files)
                #expect(start.status == 200 && start.body.contains("\"session\""))
            }
            #expect(try await edge.state() != .unused)
        }
    }

    @Test(
        "browsers are told to use nothing but TLS where the edge speaks it, and nowhere else", arguments: [true, false])
    func transportSecurity(isEncrypted: Bool) async throws {
        let field = "strict-transport-security: max-age=31536000"
        if isEncrypted {
            try await Self.serving { (edge, files) in
                for option in ["--http2", "--http1.1"] {
                    for path in ["/healthz", "/l/none", "/nowhere"] {
                        let answer = try await ChildProcess.run(
                            "curl",
                            ["-s", "-D", "-", "-o", "/dev/null", option, "--cacert", files.certificate]
                                + [
                                    "https://localhost:\(edge.port)\(path)", "--resolve",
                                    "localhost:\(edge.port):127.0.0.1",
                                ])
                        #expect(answer.output.lowercased().contains(field), "\(option) \(path): \(answer)")
                    }
                }
            }
        } else {
            try await EdgeHarness.serving { (edge) in
                let answer = try await edge.get("/healthz")
                #expect(answer["Strict-Transport-Security"] == nil)
            }
        }
    }

    @Test("handshakes need TLS 1.2, authenticated encryption and forward secrecy, and ALPN prefers HTTP/2")
    func handshakes() async throws {
        try await Self.serving { (edge, _) in
            let modern = try await Self.handshake(edge.port, ["-alpn", "http/1.1,h2"])
            #expect(modern.output.contains("TLSv1.3") && modern.output.contains("ALPN protocol: h2"))
            let older = try await Self.handshake(edge.port, ["-tls1_2", "-alpn", "http/1.1"])
            #expect(older.output.contains("Protocol  : TLSv1.2") && older.output.contains("ALPN protocol: http/1.1"))
            #expect(older.output.contains("ECDHE-ECDSA-"))
            for options in [
                ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], ["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"],
                ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
            ] {
                let old = try await Self.handshake(edge.port, options)
                #expect(old.status != 0 && !old.output.contains("BEGIN CERTIFICATE"), "\(options)")
            }
        }
    }

    @Test("plain HTTP to a TLS port is closed, and the edge goes on")
    func plainHTTP() async throws {
        try await Self.serving { (edge, files) in
            let answer = try await RawConnection.answer(port: edge.port, to: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(!answer.contains("200 OK"))
            #expect(try await CurlAnswer.get(edge.port, "/healthz", trusting: files).body == "ok\n")
        }
    }

    @Test("a changed certificate is served to new handshakes while an open connection goes on")
    func reload() async throws {
        try await Self.serving(serial: "0A1B") { (edge, files) in
            #expect(try await Self.servedSerial(edge.port) == "0A1B")
            try await SecureConnection.converse(port: edge.port, protocols: ["http/1.1"]) { (old) in
                let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                try await old.send(request)
                #expect(try await old.next().map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 200") == true)

                try await files.issue(serial: "0C2D")
                try await Self.wait(edge) { try await Self.servedSerial(edge.port) == "0C2D" }

                try await old.send(request)
                #expect(try await old.next().map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 200") == true)
            }
            #expect(edge.lines.text.contains("serial_number=0C2D"))
        }
    }

    @Test("a half-written or foreign pair keeps the one in force, is logged and counted, and a good one follows it")
    func brokenReload() async throws {
        try await Self.serving(serial: "0A1B") { (edge, files) in
            func metric(_ name: String) async throws -> Int {
                let body = try await CurlAnswer.get(
                    edge.port, "/metrics", ["--insecure"], trusting: files
                ).body
                return body.split(separator: "\n").first { $0.hasPrefix("linkseal_tls_certificate_\(name)_total ") }
                    .flatMap { Int($0.split(separator: " ")[1]) } ?? -1
            }
            let whole = try files.text(files.certificate)
            try files.write(String(whole.prefix(whole.utf8.count / 2)), to: files.certificate)
            try await Self.wait(edge) { edge.lines.text.contains("kept the TLS certificate") }
            // curl trusts what lies in the file, which is broken now.
            #expect(try await Self.servedSerial(edge.port) == "0A1B")
            try files.write(whole, to: files.certificate)
            try await Self.wait(edge) { try await metric("reloads") == 1 }

            let other = TemporaryDirectory()
            let foreign = CertificateFiles(in: other.root)
            try await foreign.issue(serial: "0E3F")
            try files.write(try foreign.text(foreign.certificate), to: files.certificate)
            try await Self.wait(edge) { try await metric("refusals") == 2 }
            #expect(try await Self.servedSerial(edge.port) == "0A1B")
            #expect(edge.lines.text.contains("does not belong to the first certificate"))
            try files.write(try foreign.text(foreign.key), to: files.key)
            try await Self.wait(edge) { try await Self.servedSerial(edge.port) == "0E3F" }
            #expect(!edge.lines.text.contains("BEGIN"))
        }
    }

    /// Asks again and again until it is so, for a minute at most.
    static func wait(_ edge: EdgeHarness, until isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            if try await isSo() { return }
            _ = try? await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not come to that; the log: \(edge.lines.text)")
    }
}
