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
        #expect(bySession["Set-Cookie"] == "linkseal=\(session); Path=/; HttpOnly; SameSite=Lax")
        #expect(byToken["Set-Cookie"] == nil)
        let byCookie = try await ask("GET", "/style.css?token=1234", [("Cookie", "linkseal=\(session)")])
        #expect(byCookie.body == bySession.body)
        #expect(byCookie["Set-Cookie"] == nil)

        // The survey's CGI could not tell them from the edge's.
        let claims = ["X-Linkseal-Contact-Id", "X_Linkseal_Contact_Id", "X-Linkseal_Serial", "X-Linkseal-Contact_Id"]
            .map { ($0, "somebody") }
        let foreign = claims + ["Expiry", "Started-At", "Code"].map { ("X-Linkseal-\($0)", "9999") }
        let claiming = try await ask("GET", "/claims?session=\(session)", foreign)
        #expect(claiming.body == "|||\(EdgeHarness.now)||", "\(claiming.body)")

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
            underscores_in_headers on;
            location /claims {
                default_type text/plain;
                return 200 "$http_x_linkseal_contact_id|$http_x_linkseal_code|$http_x_linkseal_expiry|$http_x_linkseal_started_at||";
            }
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

    enum Sample: CaseIterable {
        case nginx, caddy, haproxy

        /// Starts the proxy before a survey, and waits for both.
        func serving<Result>(
            edge: Int, in directory: String, _ body: (_ proxy: Int, RunningProgram) async throws -> Result
        ) async throws -> Result {
            let (proxy, survey) = (try await FreePort.find(), try await FreePort.find())
            let surveyProgram = try ProxyTests.nginx(
                ProxyTests.surveyServer(port: survey), in: directory, "survey")
            defer { surveyProgram.stop() }
            let program = try await start(in: directory) { (language) in
                try ProxyTests.sample(language, edge: edge, proxy: proxy, survey: survey)
            }
            defer { program.stop() }
            try await program.waitUntilListening(on: proxy)
            try await surveyProgram.waitUntilListening(on: survey)
            return try await program.explaining { try await body(proxy, program) }
        }

        private func start(
            in directory: String, _ sample: (_ language: String) throws -> String
        ) async throws -> RunningProgram {
            switch self {
            case .nginx:
                let servers = try sample("nginx").replacing("/var/log/nginx", with: directory)
                return try ProxyTests.nginx(servers, in: directory, "nginx")
            case .caddy:
                let path = directory + "/Caddyfile"
                try sample("caddy").write(toFile: path, atomically: true, encoding: .utf8)
                return try RunningProgram(
                    "caddy", ["run", "--config", path, "--adapter", "caddyfile"],
                    environment: ["HOME": directory, "XDG_DATA_HOME": directory])
            case .haproxy:
                try sample("lua").write(toFile: directory + "/linkseal.lua", atomically: true, encoding: .utf8)
                return try await ProxyTests.haproxy(sample("haproxy"), in: directory)
            }
        }
    }

    static func haproxy(_ configuration: String, in directory: String) async throws -> RunningProgram {
        let path = directory + "/haproxy.cfg"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        // -C: where the configuration names files from. -db: in the foreground.
        return try RunningProgram("haproxy", ["-db", "-C", directory, "-f", path])
    }

    @Test("a proxy asks the edge, and the whole way works", arguments: Sample.allCases)
    func wholeWay(sample: Sample) async throws {
        try await EdgeHarness.serving { (edge) in
            try await sample.serving(edge: edge.port, in: edge.directory) { (proxy, _) in
                try await Self.walk(edge, proxy: proxy)
            }
        }
    }

    @Test("without the edge a proxy lets nobody in, and logs no address", arguments: Sample.allCases)
    func withoutEdge(sample: Sample) async throws {
        try await EdgeHarness.serving { (edge) in
            let (nobody, token) = (try await FreePort.find(), try edge.token())
            try await sample.serving(edge: nobody, in: edge.directory) { (proxy, program) in
                let survey = try await edge.request("GET", "/survey?token=\(token)", port: proxy)
                #expect(survey.status == (sample == .caddy ? 502 : 503))
                let page = try await edge.request("GET", "/l/\(token)", port: proxy)
                #expect(page.status >= 502)
                var logs = program.errors
                for name in ["access.log", "error.log"] {
                    logs += (try? String(contentsOfFile: edge.directory + "/" + name, encoding: .utf8)) ?? ""
                }
                #expect(!logs.contains(token.prefix(20)), "\(logs)")
            }
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
                let forged = String(try edge.token().dropLast(8)) + "AAAAAAAA"
                let flood = try await CurlAnswer.get(
                    proxy, "/l/\(forged)?[1-130]", ["--http2", "--output", "/dev/null"], trusting: files)
                #expect(flood.status == 429)
                let elsewhere = try await CurlAnswer.get(other, "/l/\(forged)", ["--http2"], trusting: files)
                #expect(elsewhere.status == 404)
            })
    }
}
