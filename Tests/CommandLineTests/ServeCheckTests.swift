import Foundation
import TestSupport
import Testing

/// `linkseal serve --check` says that all is well only if `linkseal serve` would start.
@Suite(.timeLimit(.minutes(10))) struct ServeCheckTests {
    struct Report: Decodable {
        struct Finding: Decodable {
            var setting, message: String
        }

        struct Setting: Decodable {
            var name, origin: String
            var value: String?
        }

        var settings: [Setting]
        var errors, warnings: [Finding]
    }

    static let anyPort = ["--listen", "127.0.0.1:0"]

    private func check(_ place: ProgramWorkspace, _ arguments: [String]) async throws -> (report: Report, status: Int32)
    {
        let outcome = try await place.run(["serve", "--check", "--json"] + arguments)
        return (try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)), outcome.status)
    }

    /// What keeps it from starting, of a check and of a start that must fail.
    private func errors(_ place: ProgramWorkspace, _ arguments: [String]) async throws -> [Report.Finding] {
        let (report, status) = try await check(place, arguments)
        #expect(status == 1)
        let started = try await place.run(["serve"] + arguments)
        #expect(started.status == 1, "\(started)")
        return report.errors
    }

    @Test func `a port in use is found, and one that is named twice`() async throws {
        let place = try await ProgramWorkspace()
        let taken = try ListeningSocket()
        let free = try ListeningSocket().port
        var found = try await errors(place, ["--listen", "127.0.0.1:\(taken.port)"])
        #expect(found.count == 1 && found[0].setting == "listen" && found[0].message.contains("already in use"))
        found = try await errors(place, ["--listen", "127.0.0.1:\(free)", "--listen", "127.0.0.1:\(free)"])
        #expect(found.count == 1 && found[0].message.contains("already in use"))
        let (report, status) = try await check(place, ["--listen", "127.0.0.1:\(free)"])
        #expect(status == 0 && report.errors.isEmpty && report.warnings.isEmpty)
        #expect(report.settings.first { $0.name == "listen" }?.value == "127.0.0.1:\(free)")
    }

    @Test func `a consumption key that others can read is refused, and one without a listener for operations`()
        async throws
    {
        let place = try await ProgramWorkspace()
        try place.write("0123456789abcdef0123456789abcdef\n", to: "consumption.key")
        chmod(place.path("consumption.key"), 0o644)
        let flags = Self.anyPort + ["--consumption-key-file", "consumption.key"]
        let operations = ["--operations-listen", "127.0.0.1:0"]
        for (arguments, message) in [(flags + operations, "chmod 600"), (flags, "--operations-listen")] {
            let found = try await errors(place, arguments)
            #expect(found.count == 1 && found[0].setting == "consumption-key-file", "\(found)")
            #expect(found.first?.message.contains(message) == true, "\(found)")
        }
        chmod(place.path("consumption.key"), 0o600)
        #expect(try await check(place, flags + operations).status == 0)
    }

    @Test func `an address of another machine and a socket where none can lie are found`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("mine", to: "file")
        for (address, message) in [
            ("192.0.2.1:80", "assign"), ("unix:missing/edge.sock", "No such file"), ("unix:file", "something else"),
        ] {
            let found = try await errors(place, ["--listen", address])
            #expect(found.count == 1 && found[0].message.contains(message), "\(found)")
        }
        #expect(try place.read("file") == "mine")
    }

    @Test func `a socket that somebody listens on is found, one that was left behind is not in the way`() async throws {
        let place = try await ProgramWorkspace()
        let path = place.path("edge.sock")
        var listener: ListeningSocket? = try ListeningSocket(path: path)
        let found = try await errors(place, ["--listen", "unix:edge.sock"])
        #expect(found.count == 1 && found[0].message.contains("another process"), "\(found)")
        withExtendedLifetime(listener) {}
        listener = nil
        let (_, status) = try await check(place, ["--listen", "unix:edge.sock"])
        #expect(status == 0 && FileManager.default.fileExists(atPath: path))
    }

    @Test func `a log that is open elsewhere is found`() async throws {
        let place = try await ProgramWorkspace()
        let server = try await Server(place)
        let found = try await errors(place, Self.anyPort)
        #expect(found.count == 1 && found[0].setting == "log" && found[0].message.contains("another process"))
        await server.terminate()
        #expect(try await check(place, Self.anyPort).status == 0)
    }

    @Test func `a log on a file system that is mounted read-only is found`() async throws {
        let place = try await ProgramWorkspace()
        let script = """
            mount --bind linkseal-data linkseal-data && mount -o remount,bind,ro linkseal-data || exit 99
            "$0" serve --check --listen 127.0.0.1:0; echo "checked $?"
            "$0" serve --listen 127.0.0.1:0; echo "served $?"
            """
        let outcome = try await ChildProcess.run(
            "unshare", ["--mount", "sh", "-c", script, ProgramWorkspace.program], in: place.root)
        #expect(outcome.output.contains("checked 1") && outcome.output.contains("served 1"), "\(outcome)")
        #expect(outcome.errors.contains("Error: log: "), "\(outcome)")
    }

    @Test func `a new log where none can be made is found`() async throws {
        let place = try await ProgramWorkspace()
        let found = try await errors(place, Self.anyPort + ["--log", "missing/consumption.log", "--new-log"])
        #expect(found.map(\.setting) == ["log", "bundle"])
        let (_, status) = try await check(place, Self.anyPort + ["--log", "new.log", "--new-log"])
        #expect(try status == 0 && !place.files().contains("new.log"))
    }

    @Test func `a source that is down is an error at first, and later a warning`() async throws {
        let place = try await ProgramWorkspace()
        let nowhere = "http://127.0.0.1:\(try ListeningSocket().port)/bundle.json"
        let keys = ["--root-key", "keys/root.pub.pem", "--session-key", "keys/session.key"]
        let rest = Self.anyPort + keys + ["--log", "linkseal-data/consumption.log"]
        let found = try await errors(place, rest + ["--bundle", nowhere])
        #expect(found.count == 1 && found[0].setting == "bundle", "\(found)")

        let server = try await Server(place)
        await server.terminate()
        let (report, status) = try await check(place, rest + ["--bundle", nowhere])
        #expect(status == 0 && report.errors.isEmpty && report.warnings.map(\.setting) == ["bundle"], "\(report)")
        let outcome = try await place.run(["serve", "--check"] + rest + ["--bundle", nowhere])
        #expect(outcome.errors.contains("warning: bundle: ") && outcome.output.contains("All is as it should be"))
    }
}
