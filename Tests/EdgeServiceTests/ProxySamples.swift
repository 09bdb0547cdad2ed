import Foundation
import TestSupport
import Testing

/// The samples of an article, as somebody would copy them from there.
enum Article {
    private static func text(_ name: String) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EdgeService/EdgeService.docc/\(name).md")
        return try String(contentsOf: path, encoding: .utf8)
    }

    /// The last fenced block in the language, with its ports replaced.
    static func sample(
        _ language: String, of article: String = "ForwardAuthentication", edge: Int, proxy: Int, survey: Int = 0
    ) throws -> String {
        let block = try #require(
            text(article).components(separatedBy: "```\(language)\n").last?.components(separatedBy: "```").first)
        return block.replacing("127.0.0.1:8080", with: "127.0.0.1:\(edge)")
            .replacing("127.0.0.1:8081", with: "127.0.0.1:\(proxy)")
            .replacing("127.0.0.1:9000", with: "127.0.0.1:\(survey)")
    }

    /// The arguments of a command of one line.
    static func arguments(_ program: String, of article: String = "ForwardAuthentication") throws -> [String] {
        let line = try #require(text(article).split(separator: "\n").first { $0.hasPrefix(program + " ") })
        return line.split(separator: " ").dropFirst().map(String.init)
    }
}

/// A survey in PHP, which says who it was told that the participant is.
///
/// PHP takes `.` and `_` in a field's name for `-`, and other servers whatever is no letter and no digit, so it tells of
/// every field that could be taken for one of linkseal's.
struct PHPSurvey: Decodable {
    /// Variables, as a CGI program finds them.
    let variables: [String: String]
    /// Fields, as they came.
    let fields: [String: String]
    let connection: String?
    let body: String

    enum Gateway {
        case http, fastCGI
    }

    private static let source = #"""
        <?php
        function ofLinkseal($values, $pattern) {
            return array_filter($values, fn ($name) => preg_match($pattern, $name), ARRAY_FILTER_USE_KEY);
        }
        setcookie('own', 'survey');
        header('Content-Type: application/json');
        echo json_encode([
            'variables' => ofLinkseal($_SERVER, '/^HTTP_X[^A-Z0-9]LINKSEAL/'),
            'fields' => ofLinkseal(getallheaders(), '/linkseal/i'),
            'connection' => $_SERVER['HTTP_CONNECTION'] ?? null,
            'body' => file_get_contents('php://input'),
        ], JSON_FORCE_OBJECT);
        """#

    static func start(_ gateway: Gateway, port: Int, in directory: String) throws -> RunningProgram {
        let path = directory + "/survey.php"
        try source.write(toFile: path, atomically: true, encoding: .utf8)
        switch gateway {
        case .http: return try RunningProgram("php", ["-q", "-S", "127.0.0.1:\(port)", path])
        // It ends after 500 requests otherwise.
        case .fastCGI:
            return try RunningProgram(
                "php-cgi", ["-b", "127.0.0.1:\(port)"], environment: ["PHP_FCGI_MAX_REQUESTS": "0"])
        }
    }

    init(_ answer: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(answer.utf8))
    }
}

/// A proxy that the documentation has a sample for.
enum ProxySample: CaseIterable {
    case nginx, caddy, haproxy, traefik

    /// Debian has no Traefik, so it is there only where `Tests/install-dependencies all` was run.
    static var installed: [ProxySample] {
        allCases.filter { $0 != .traefik || FileManager.default.isExecutableFile(atPath: "/usr/local/bin/traefik") }
    }

    /// Starts the proxy before a survey, and waits for both.
    ///
    /// - Parameter port: where the proxy looks for the edge, if not where it is.
    func serving<Result>(
        _ edge: EdgeHarness, at port: Int? = nil, gateway: PHPSurvey.Gateway = .http,
        _ body: (_ proxy: Int, RunningProgram) async throws -> Result
    ) async throws -> Result {
        let (proxy, survey) = (freePort(), freePort())
        let surveyProgram = try PHPSurvey.start(gateway, port: survey, in: edge.directory)
        defer { surveyProgram.kill() }
        let program = try start(in: edge.directory, port: proxy, gateway) { (language) in
            try Article.sample(language, edge: port ?? edge.port, proxy: proxy, survey: survey)
        }
        defer { program.stop() }
        try await program.waitUntilListening(on: proxy)
        try await surveyProgram.waitUntilListening(on: survey)
        return try await program.explaining {
            // Traefik listens before it has read its routes, and knows no address until then.
            while self == .traefik, try await edge.request("GET", "/", port: proxy).status == 404 {
                try await Task.sleep(for: .milliseconds(50))
            }
            return try await body(proxy, program)
        }
    }

    private func start(
        in directory: String, port: Int, _ gateway: PHPSurvey.Gateway,
        _ sample: (_ language: String) throws -> String
    ) throws -> RunningProgram {
        switch self {
        case .nginx:
            var servers = try sample("nginx").replacing("/var/log/nginx", with: directory)
            if gateway == .fastCGI { servers = Self.nginxWithFastCGI(servers, script: directory + "/survey.php") }
            // Whatever is set around the sample, it is safe by itself.
            return try Self.nginx(
                "underscores_in_headers on; ignore_invalid_headers off;\n" + servers, in: directory)
        case .caddy:
            let path = directory + "/Caddyfile"
            var text = try sample("caddy")
            if gateway == .fastCGI { text = Self.caddyWithFastCGI(text, root: directory) }
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try RunningProgram(
                "caddy", ["run", "--config", path, "--adapter", "caddyfile"],
                environment: ["HOME": directory, "XDG_DATA_HOME": directory])
        case .haproxy:
            try sample("lua").write(toFile: directory + "/linkseal.lua", atomically: true, encoding: .utf8)
            return try Self.haproxy(sample("haproxy"), in: directory)
        case .traefik:
            let path = directory + "/linkseal.yml"
            try sample("yaml").write(toFile: path, atomically: true, encoding: .utf8)
            let arguments = try Article.arguments("traefik").map {
                $0.replacing("127.0.0.1:8081", with: "127.0.0.1:\(port)").replacing("linkseal.yml", with: path)
            }
            // It asks for updates otherwise.
            let quiet = ["--global.checkNewVersion=false", "--global.sendAnonymousUsage=false"]
            return try RunningProgram(
                "/usr/local/bin/traefik", arguments + quiet + ["--log.filePath=\(directory)/error.log"])
        }
    }

    private static func nginx(_ servers: String, in directory: String) throws -> RunningProgram {
        let configuration = """
            daemon off;
            pid \(directory)/nginx.pid;
            error_log stderr;
            events {}
            http {
            access_log off;
            client_body_temp_path \(directory)/nginx-body;
            proxy_temp_path \(directory)/nginx-proxy;
            fastcgi_temp_path \(directory)/nginx-fastcgi;
            uwsgi_temp_path \(directory)/nginx-uwsgi;
            scgi_temp_path \(directory)/nginx-scgi;
            \(servers)
            }
            """
        let path = "\(directory)/nginx.conf"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        return try RunningProgram("nginx", ["-p", directory, "-e", "stderr", "-c", path])
    }

    /// The sample as the article says to change it where nginx speaks FastCGI to the survey.
    private static func nginxWithFastCGI(_ sample: String, script: String) -> String {
        sample.replacing(/proxy_set_header (X-Linkseal-\S+)/) { (match) in
            "fastcgi_param HTTP_\(match.1.uppercased().replacing("-", with: "_"))"
        }
        .replacing(/add_header Set-Cookie (.*)\n +proxy_pass http:\/\/(.*);/) { (match) in
            """
            add_header Set-Cookie \(match.1)
                    fastcgi_param SCRIPT_FILENAME \(script);
                    fastcgi_param REQUEST_METHOD $request_method;
                    fastcgi_param CONTENT_TYPE $content_type;
                    fastcgi_param CONTENT_LENGTH $content_length;
                    fastcgi_pass \(match.2);
            """
        }
    }

    private static func caddyWithFastCGI(_ sample: String, root: String) -> String {
        sample.replacing(/(reverse_proxy .* \{)(\s+header_up X-Linkseal-Contact-Id)/) { (match) in
            "\(match.1)\ntransport fastcgi {\nroot \(root)\nsplit .php\n}\(match.2)"
        }
    }

    static func haproxy(_ configuration: String, in directory: String) throws -> RunningProgram {
        let path = directory + "/haproxy.cfg"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        // -C: where the configuration names files from. -db: in the foreground.
        return try RunningProgram("haproxy", ["-db", "-C", directory, "-f", path])
    }
}
