import Foundation
import TestSupport
import Testing

/// Where the settings of `linkseal serve` come from, as `--check` tells it.
struct ServeSettingsTests {
    /// Runs `serve --check` with variables in its environment.
    static func check(
        _ place: ProgramWorkspace, _ arguments: [String] = [], environment: [String] = []
    ) async throws -> ChildProcess.Outcome {
        try await ChildProcess.run(
            "env", environment + [ProgramWorkspace.program, "serve"] + arguments + ["--check"], in: place.root)
    }

    /// The value and the origin that the report names for a setting.
    static func line(_ name: String, _ outcome: ChildProcess.Outcome) -> String? {
        outcome.output.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .map { $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces) }
    }

    @Test func `a flag wins over the environment, that over the file, and that over the default`() async throws {
        let place = try await ProgramWorkspace()
        try place.write(
            #"{"poll-interval": "7s", "listen": ["127.0.0.1:1", "unix:edge.sock"], "proxy-protocol": true}"#,
            to: "edge.json")
        let file = ["--config", "edge.json"]
        let variable = ["LINKSEAL_POLL_INTERVAL=8m", "LINKSEAL_LISTEN=127.0.0.1:2,[::1]:2"]
        var outcome = try await Self.check(place)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(Self.line("poll-interval", outcome) == "1s  (default)")
        #expect(Self.line("listen", outcome) == "127.0.0.1:8080  (default)")
        outcome = try await Self.check(place, file)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(Self.line("poll-interval", outcome) == "7s  (file edge.json:1:2)")
        #expect(Self.line("listen", outcome) == "127.0.0.1:1 unix:edge.sock  (file edge.json:1:25)")
        #expect(Self.line("proxy-protocol", outcome)?.hasPrefix("true  (file") == true)
        outcome = try await Self.check(place, environment: variable + ["LINKSEAL_CONFIG=edge.json"])
        #expect(Self.line("poll-interval", outcome) == "8m  (environment LINKSEAL_POLL_INTERVAL)")
        #expect(Self.line("listen", outcome) == "127.0.0.1:2 [::1]:2  (environment LINKSEAL_LISTEN)")
        outcome = try await Self.check(
            place, file + ["--poll-interval", "9h", "--listen", "127.0.0.1:3", "--listen=127.0.0.1:4"],
            environment: variable)
        #expect(Self.line("poll-interval", outcome) == "9h  (flag)")
        #expect(Self.line("listen", outcome) == "127.0.0.1:3 127.0.0.1:4  (flag)")
    }

    @Test func `every flag is a setting, and every setting has a flag`() async throws {
        let place = try await ProgramWorkspace()
        let help = try await ChildProcess.run(ProgramWorkspace.program, ["serve", "--help"], in: place.root)
        let flags = Set(help.output.matches(of: /(?m)^  --([a-z-]+)/).map { String($0.1) })
        let lines = try await Self.check(place).output.split(separator: "\n").filter { $0.hasSuffix(")") }
        let settings = Set(lines.map { String($0.prefix { $0 != " " }) })
        #expect(settings.count > 20)
        #expect(settings.subtracting(flags).isEmpty)
        #expect(flags.subtracting(settings) == ["config", "check", "json", "version"])
    }

    @Test(arguments: [
        (
            "{\n  \"pol-interval\": 5}",
            "edge.json:2:3: there is no setting \"pol-interval\"; did you mean \"poll-interval\"?"
        ),
        ("{\"poll-interval\": \"soon\"}", "edge.json:1:2: The value 'soon' is invalid"),
        ("{\"poll-interval\": 5}", "edge.json:1:2: The value '5' is invalid"),
        ("{\"poll-interval\": \"0s\"}", "edge.json:1:2: --poll-interval is at least 1s."),
        ("{\"poll-interval\": [5]}", "edge.json:1:2: poll-interval takes one value"),
        ("{\"listen\": [\"nowhere\"]}", "edge.json:1:2: The value 'nowhere' is invalid"),
        ("{\"new-log\": \"perhaps\"}", "edge.json:1:2: new-log takes true or false"),
        ("{\"trusted-proxies\": [\"10.0.0.1/8\"]}", "edge.json:1:2: The value '10.0.0.1/8' is invalid"),
        ("{\"help\": true}", "there is no setting \"help\""),
        ("[]", "edge.json:1:1: this is not a JSON object such as {\"listen\": [\"127.0.0.1:8080\"]}"),
        ("{\"listen\" 3}", "edge.json:1:11: this is not a JSON object"),
        ("", "edge.json:1:1: this is not a JSON object"),
        ("{\"poll-interval\": 5,\n\"poll-interval\": 6}", "edge.json:2:17: this is not a JSON object"),
        ("{\"poll-interval\": 5,}", "edge.json:1:21: this is not a JSON object"),
        ("{\"listen\": [\"127.0.0.1:99999\"]}", "edge.json:1:2: The value '127.0.0.1:99999' is invalid"),
        ("{\"listen\": [\"127.0.0.1:99999\"]}", "\"99999\" is not a port, which is a number from 0 to 65535"),
    ]) func `what is wrong in the file is named with its place`(text: String, message: String) async throws {
        let place = try await ProgramWorkspace(initialized: false)
        try place.write(text, to: "edge.json")
        let outcome = try await Self.check(place, ["--config", "edge.json"])
        #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func `a variable that is wrong is named, and a file that is not there`() async throws {
        let place = try await ProgramWorkspace()
        var outcome = try await Self.check(place, environment: ["LINKSEAL_POLL_INTERVAL=soon"])
        #expect(outcome.status == 1 && outcome.errors.contains("LINKSEAL_POLL_INTERVAL: The value 'soon'"))
        outcome = try await Self.check(place, ["--config", "none.json"])
        #expect(outcome.status == 1 && outcome.errors.contains("can't read the configuration file none.json"))
    }

    @Test(arguments: [
        ("LINKSEAL_TLS_CRET=x", "LINKSEAL_TLS_CRET: there is no such setting; did you mean \"LINKSEAL_TLS_CERT\"?"),
        ("LINKSEAL_TLS_CERTIFICATE=x", "LINKSEAL_TLS_CERTIFICATE: there is no such setting\n"),
        ("LINKSEAL_POLLINTERVAL=1", "did you mean \"LINKSEAL_POLL_INTERVAL\"?"),
    ])
    func `a variable that is misspelt is refused as a name in the file is`(variable: String, message: String)
        async throws
    {
        let place = try await ProgramWorkspace()
        for more in [["--check"], ["--listen", "127.0.0.1:0"]] {
            let outcome = try await ChildProcess.run(
                "env", [variable, ProgramWorkspace.program, "serve"] + more, in: place.root)
            #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome)")
        }
    }

    @Test func `variables of the scripts, of Marketo and of Kubernetes' services are no settings, and no mistakes`()
        async throws
    {
        let place = try await ProgramWorkspace()
        let outcome = try await Self.check(
            place,
            environment: [
                "LINKSEAL_ROTATE_AFTER=90d", "LINKSEAL_PASSPHRASE_FILE=none", "LINKSEAL_MARKETO_CLIENT_ID=x",
                "LINKSEAL_SERVICE_HOST=10.0.0.1", "LINKSEAL_SERVICE_PORT=80", "LINKSEAL_SERVICE_PORT_HTTP=80",
                "LINKSEAL_PORT=tcp://10.0.0.1:80", "LINKSEAL_PORT_80_TCP_ADDR=10.0.0.1", "LINKSEAL_PORT_80_TCP=x",
                "LINKSEAL_EDGE_SERVICE_HOST=10.0.0.1", "LINKSEAL_EDGE_PORT_443_UDP_PROTO=udp", "LINKSEAL_TLS_CRET=",
            ])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test func `check finds everything that is wrong at once, and starts nothing`() async throws {
        let place = try await ProgramWorkspace()
        let before = try place.files()
        try place.write("no key", to: "root.pem")
        let outcome = try await Self.check(
            place,
            [
                "--tls-cert", "none.pem", "--tls-key", "none.key", "--root-key", "root.pem", "--session-key", "none",
                "--log", "none.log", "--default-survey-url", "nowhere", "--listen", "systemd:web", "--ca-file",
                "none.pem",
            ])
        #expect(outcome.status == 1)
        for setting in ["listen", "tls-cert", "ca-file", "root-key", "session-key", "log", "default-survey-url"] {
            #expect(outcome.errors.contains("Error: \(setting): "), "\(setting): \(outcome.errors)")
        }
        #expect(try place.files() == before.union(["root.pem"]))
        #expect(!outcome.output.contains("All is as it should be"))
    }

    @Test func `what is secret in an address is masked`() async throws {
        let place = try await ProgramWorkspace()
        let outcome = try await Self.check(
            place, environment: ["LINKSEAL_BUNDLE=https://me:hunter2@bundles.example/b.json?key=hunter3"])
        #expect(Self.line("bundle", outcome)?.hasPrefix("https://me:***@bundles.example/b.json?***  (env") == true)
        #expect(!(outcome.output + outcome.errors).contains("hunter"))
    }

    @Test func `a server runs by its file alone, over TLS`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        try await CertificateFiles(in: place.root).issue()
        try place.write(#"{"tls-cert": "tls.crt", "tls-key": "tls.key"}"#, to: "edge.json")
        let server = try await Server(place, ["--config", "edge.json"])
        let url = server.url.replacing("http://", with: "https://")
        let answer = try await ChildProcess.run(
            "curl",
            ["--silent", "--http2", "--cacert", place.path("tls.crt"), "-w", "%{http_version}", url + "/healthz"])
        #expect(answer.output == "ok\n2", "\(answer)")
        await server.terminate()
    }
}
