import Foundation
import TestSupport
import Testing
import Trust

/// The samples of the documentation, run by the programs that they are for.
@Suite("Behind a proxy", .serialized)
struct ProxyTests {
    /// A fenced block of the documentation, with its ports replaced.
    static func sample(
        _ language: String, of article: String = "ForwardAuthentication", edge: Int, proxy: Int, survey: Int = 0
    ) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EdgeService/EdgeService.docc/\(article).md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let block = try #require(
            text.components(separatedBy: "```\(language)\n").last?.components(separatedBy: "```").first)
        return block.replacing("127.0.0.1:8080", with: "127.0.0.1:\(edge)")
            .replacing("127.0.0.1:8081", with: "127.0.0.1:\(proxy)")
            .replacing("127.0.0.1:9000", with: "127.0.0.1:\(survey)")
    }

    /// Goes the whole way of a recipient through a proxy: page, start, survey, end, and refusals at each step.
    static func walk(_ edge: EdgeHarness, proxy: Int) async throws {
        func ask(
            _ method: String, _ path: String, _ headers: [(String, String)] = []
        ) async throws -> EdgeHarness.Answer {
            try await edge.request(method, path, headers: headers, port: proxy)
        }
        let token = try edge.token(contact: "Zoë")
        #expect(try await ask("GET", "/l/\(token)").body.contains("Start the survey"))
        #expect(try await ask("GET", "/survey").status == 401)
        let claimed = try await ask(
            "GET", "/survey", [("X-Linkseal-Contact-Id", "somebody"), ("X-Original-URI", "/?token=\(token)")])
        #expect(claimed.status == 401)

        let byToken = try await ask("GET", "/survey?token=\(token)", [("X-Linkseal-Contact-Id", "somebody")])
        #expect(byToken.status == 200)
        #expect(byToken.body == "survey of Zo%C3%AB 0000000000005ea1/0")

        let start = try await ask("POST", "/l/\(token)")
        #expect(start.status == 303)
        let session = try #require(start["Location"]?.components(separatedBy: "&r=").last)
        let bySession = try await ask(
            "GET", "/survey?page=2&session=\(session)", [("X-Linkseal-Contact-Id", "somebody")])
        #expect(bySession.status == 200)
        #expect(bySession.body == "survey of  0000000000005ea1/0")

        #expect(try await ask("GET", "/done?session=\(session)").body.contains("Thank you!"))
        #expect(try await ask("GET", "/survey?session=\(session)").status == 403)
        #expect(try await ask("GET", "/survey?token=\(token)").status == 403)
        #expect(try await ask("GET", "/metrics").status == 401)
    }

    /// Another nginx plays the survey, and says who it was told that the bearer is.
    static func surveyServer(port: Int) -> String {
        """
        server {
            listen 127.0.0.1:\(port);
            location / {
                default_type text/plain;
                return 200 "survey of $http_x_linkseal_contact_id $http_x_linkseal_distribution/$http_x_linkseal_serial";
            }
        }
        """
    }

    static func nginx(_ servers: String, in directory: String, _ name: String) throws -> RunningProgram {
        let configuration = """
            daemon off;
            pid \(directory)/\(name).pid;
            error_log stderr;
            events {}
            http {
            access_log off;
            client_body_temp_path \(directory)/\(name)-body;
            proxy_temp_path \(directory)/\(name)-proxy;
            fastcgi_temp_path \(directory)/\(name)-fastcgi;
            uwsgi_temp_path \(directory)/\(name)-uwsgi;
            scgi_temp_path \(directory)/\(name)-scgi;
            \(servers)
            }
            """
        let path = "\(directory)/\(name).conf"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        return try RunningProgram("nginx", ["-p", directory, "-e", "stderr", "-c", path])
    }

    @Test("nginx asks the edge with auth_request, and the whole way works")
    func nginx() async throws {
        try await EdgeHarness.serving { (edge) in
            let (proxy, survey) = (try await FreePort.find(), try await FreePort.find())
            let servers = try Self.sample("nginx", edge: edge.port, proxy: proxy, survey: survey)
            let program = try Self.nginx(servers + Self.surveyServer(port: survey), in: edge.directory, "nginx")
            defer { program.stop() }
            try await program.waitUntilListening(on: proxy)
            try await program.explaining { try await Self.walk(edge, proxy: proxy) }
        }
    }

    @Test("Caddy asks the edge with forward_auth, and the whole way works")
    func caddy() async throws {
        try await EdgeHarness.serving { (edge) in
            let (proxy, survey) = (try await FreePort.find(), try await FreePort.find())
            let path = edge.directory + "/Caddyfile"
            try Self.sample("caddy", edge: edge.port, proxy: proxy, survey: survey)
                .write(toFile: path, atomically: true, encoding: .utf8)
            let surveyProgram = try Self.nginx(Self.surveyServer(port: survey), in: edge.directory, "survey")
            defer { surveyProgram.stop() }
            let program = try RunningProgram(
                "caddy", ["run", "--config", path, "--adapter", "caddyfile"],
                environment: ["HOME": edge.directory, "XDG_DATA_HOME": edge.directory])
            defer { program.stop() }
            try await program.waitUntilListening(on: proxy)
            try await surveyProgram.waitUntilListening(on: survey)
            try await program.explaining { try await Self.walk(edge, proxy: proxy) }
        }
    }

    static func haproxy(_ configuration: String, in directory: String) async throws -> RunningProgram {
        let path = directory + "/haproxy.cfg"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        // -C: where the configuration names files from. -db: in the foreground.
        return try RunningProgram("haproxy", ["-db", "-C", directory, "-f", path])
    }

    @Test("HAProxy asks the edge from its script, and the whole way works")
    func haproxy() async throws {
        try await EdgeHarness.serving { (edge) in
            let (proxy, survey) = (try await FreePort.find(), try await FreePort.find())
            try Self.sample("lua", edge: edge.port, proxy: proxy, survey: survey)
                .write(toFile: edge.directory + "/linkseal.lua", atomically: true, encoding: .utf8)
            let surveyProgram = try Self.nginx(Self.surveyServer(port: survey), in: edge.directory, "survey")
            defer { surveyProgram.stop() }
            let program = try await Self.haproxy(
                Self.sample("haproxy", edge: edge.port, proxy: proxy, survey: survey), in: edge.directory)
            defer { program.stop() }
            try await program.waitUntilListening(on: proxy)
            try await surveyProgram.waitUntilListening(on: survey)
            try await program.explaining { try await Self.walk(edge, proxy: proxy) }
        }
    }

    @Test("behind HAProxy the edge speaks TLS and HTTP/2 itself, and hears by the PROXY protocol who the client is")
    func proxyProtocol() async throws {
        let directory = TemporaryDirectory()
        let files = CertificateFiles(in: directory.root)
        try await files.issue(serial: "0A1B")
        let certificate = try files.load()
        try await EdgeHarness.serving(
            configure: { (configuration, _) in
                configuration.tls = certificate
                configuration.readsProxyProtocol = true
            },
            { (edge) in
                let (proxy, other) = (try await FreePort.find(), try await FreePort.find())
                // On one machine there is but one client address; so each front end claims another.
                let sample = try Self.sample("haproxy", of: "Listening", edge: edge.port, proxy: proxy)
                let from = { (address: String) in "\n    tcp-request connection set-src str(\(address))" }
                let bind = "bind 127.0.0.1:\(proxy)"
                let second =
                    "\nfrontend second\n    bind 127.0.0.1:\(other)\(from("2001:db8::7"))\n    default_backend edge\n"
                let program = try await Self.haproxy(
                    sample.replacing(bind, with: bind + from("198.51.100.7")) + second, in: edge.directory)
                defer { program.stop() }
                try await program.waitUntilListening(on: proxy)
                try await program.waitUntilListening(on: other)

                let good = try await CurlAnswer.get(proxy, "/l/\(try edge.token())", ["--http2"], trusting: files)
                #expect(good.status == 200 && good.version == "2")
                let forged = try edge.token(key: .generate(.ed25519))
                let flood = try await CurlAnswer.get(
                    proxy, "/l/\(forged)?[1-130]", ["--http2", "--output", "/dev/null"], trusting: files)
                #expect(flood.status == 429)
                let elsewhere = try await CurlAnswer.get(other, "/l/\(forged)", ["--http2"], trusting: files)
                #expect(elsewhere.status == 404)
            })
    }
}
