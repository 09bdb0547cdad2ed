import Foundation
import TestSupport
import Testing

/// The scripts of `keys/` on a workspace of their own, with the command line that is built beside the tests.
@Suite(.timeLimit(.minutes(10))) final class KeyScriptsTests {
    private let place: ProgramWorkspace
    private let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../keys")
        .standardized
    private var workspace: String { place.root }

    init() async throws {
        place = try await ProgramWorkspace()
    }

    private func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> ChildProcess.Outcome {
        let own = ["PATH": "/usr/bin:/bin", "LINKSEAL": ProgramWorkspace.program, "LINKSEAL_WORKSPACE": workspace]
        let variables = own.merging(environment) { $1 }.map { "\($0)=\($1)" }
        return try await ChildProcess.run("env", ["-i"] + variables + [program] + arguments)
    }

    private func script(
        _ name: String, _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> ChildProcess.Outcome {
        try await run(scripts.appending(path: name).path, arguments, environment: environment)
    }

    private struct Key: Decodable {
        let id, state: String
    }

    private func keys() async throws -> [Key] {
        let listed = try await place.run(["keys", "list", "--json"])
        return try JSONDecoder().decode([Key].self, from: Data(listed.output.utf8))
    }

    @Test func `publishing twice publishes once, with one line each`() async throws {
        #expect(try await place.run(["keys", "make"]).status == 0)
        let first = try await script("publish")
        #expect(first.status == 0 && first.lines.count == 1 && first.output.contains("published sequence 2"))
        let second = try await script("publish")
        #expect(second.status == 0 && second.lines == ["publish: sequence 2 stays"])
    }

    @Test func `rotating prepares and publishes a key, rotates when it is due, and retires what is over`() async throws
    {
        let first = try #require(try await keys().first).id
        let prepared = try await script("rotate")
        #expect(prepared.status == 0 && prepared.lines.count == 1)
        #expect(
            try await keys().map(\.state) == ["signing", "pending"] && prepared.output.contains("published sequence 2"))
        let early = try await script("rotate", environment: ["LINKSEAL_ROTATE_AFTER": "0s"])
        #expect(early.status == 0 && early.output.contains("signs after 20"))
        #expect(try await keys().map(\.state) == ["signing", "pending"])

        // What five minutes of waiting would do.
        #expect(try await place.run(["keys", "rotate", "--settling", "0s"]).status == 0)
        let rotated = try await script("rotate")
        #expect(rotated.status == 0 && rotated.lines.count == 1 && rotated.output.contains("retired \(first)"))
        #expect(try await keys().map(\.state) == ["retired", "signing", "pending"])
        let again = try await script("rotate")
        #expect(again.status == 0 && again.output.contains("stays") && !again.output.contains("retired"))
    }

    @Test func `revoking leaves a key that signs, and is done once`() async throws {
        let stolen = try #require(try await keys().first).id
        let revoked = try await script("revoke", stolen)
        #expect(revoked.status == 0 && revoked.lines == ["revoke: revoked \(stolen); published sequence 2"])
        #expect(try await keys().map(\.state) == ["revoked", "signing"])
        let again = try await script("revoke", stolen)
        #expect(again.status == 0 && again.lines == ["revoke: revoked \(stolen); sequence 2 stays"])
    }

    @Test(
        arguments: [
            ("publish", ["x"], 2), ("rotate", ["x"], 2), ("revoke", [], 2), ("revoke", ["12345"], 2),
            ("revoke", ["1234567g"], 2), ("revoke", ["00000000"], 1),
        ] as [(String, [String], Int32)])
    func `what can't be done is told in one line and with the exit status`(
        name: String, arguments: [String], status: Int32
    ) async throws {
        let ended = try await run(scripts.appending(path: name).path, arguments)
        #expect(ended.status == status && ended.output.isEmpty && ended.lines.count == 1)
        // What linkseal says in JSON is text for whoever reads cron's mail.
        #expect(!ended.errors.contains("{") && !ended.errors.contains("\\"))
    }

    @Test(arguments: ["publish", "rotate"])
    func `without a root key nothing is lost and the line says what is missing`(name: String) async throws {
        let folder = workspace + "/keys/"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder)
        where file.hasPrefix("root-") && !file.hasSuffix(".pub.pem") {
            try FileManager.default.moveItem(atPath: folder + file, toPath: workspace + "/root.pem")
        }
        let failed = try await script(name)
        #expect(failed.status == 1 && failed.output.isEmpty && failed.lines.count == 1)
        let helped = try await script(name, environment: ["LINKSEAL_ROOT_KEY": workspace + "/root.pem"])
        #expect(helped.status == 0 && helped.lines.count == 1)
    }

    @Test func `an age that is no time rotates nothing, and the line quotes it`() async throws {
        let ended = try await script("rotate", environment: ["LINKSEAL_ROTATE_AFTER": "never"])
        #expect(ended.status == 1 && ended.output.isEmpty && ended.lines.count == 1)
        #expect(ended.errors.hasPrefix("rotate: The value 'never' is invalid"))
        #expect(try await keys().map(\.state) == ["signing"])
    }

    @Test(arguments: ["publish", "rotate"])
    func `a second run at the same time leaves at once`(name: String) async throws {
        let descriptor = open(workspace + "/keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let ended = try await script(name)
        #expect(ended.status == 75 && ended.lines.count == 1)
    }

    @Test(arguments: ["publish", "rotate"])
    func `a link that was put into the keyring's directory leads to no file that is emptied`(name: String) async throws
    {
        let file = place.path("precious")
        try place.write("precious", to: "precious")
        #expect(symlink(file, workspace + "/keys/.scripts.lock") == 0)
        let ended = try await script(name)
        #expect(ended.status == 0 && ended.lines.count == 1, "\(ended)")
        #expect(try place.read("precious") == "precious")
    }

    @Test func `without flock the line says that it is missing`() async throws {
        let tools = workspace + "/tools"
        try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: false)
        for tool in ["dirname", "tr"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(tools)/\(tool)", withDestinationPath: "/usr/bin/\(tool)")
        }
        let ended = try await script("publish", environment: ["PATH": tools])
        #expect(ended.status == 1 && ended.output.isEmpty && ended.lines.count == 1)
        #expect(ended.errors.contains("flock"))
    }

    @Test func `a next root key is kept unless it is replaced, and promoted where its private half is`() async throws {
        struct Root: Decodable {
            let id: String
            let promoted, kept: Bool
        }
        func nextRoot(_ arguments: String...) async throws -> Root {
            let ended = try await place.run(["keys", "next-root", "--json"] + arguments)
            return try JSONDecoder().decode(Root.self, from: Data(ended.output.utf8))
        }
        let first = try await nextRoot()
        let again = try await nextRoot()
        #expect(!first.kept && again.kept && again.id == first.id)
        #expect(try await place.run(["keys", "next-root"]).output.contains("is kept; --replace makes another"))
        let second = try await nextRoot("--replace")
        #expect(!second.kept && second.id != first.id)

        let stick = workspace + "/stick.pem"
        try FileManager.default.moveItem(atPath: "\(workspace)/keys/root-\(second.id).pem", toPath: stick)
        let promotion = ["keys", "next-root", "--promote", "--force"]
        let refused = try await place.run(promotion)
        #expect(refused.status == 1 && refused.errors.contains(second.id))
        #expect(try await place.run(promotion + ["--replace"]).status != 0)
        let promoted = try await nextRoot("--promote", "--force", "--root-key", stick)
        #expect(promoted.promoted && promoted.id == second.id)
        #expect(try await script("publish", environment: ["LINKSEAL_ROOT_KEY": stick]).status == 0)
    }

    @Test(arguments: [(["right", "right"], ["signing", "pending"]), (["right", "wrong"], ["signing"])])
    func `on the terminal the passphrase of a new key is asked for twice`(
        answers: [String], states: [String]
    ) async throws {
        let terminal = try PseudoTerminal()
        let asking = try ChildProcess(
            "setsid", ["--ctty", ProgramWorkspace.program, "keys", "make", "--ask-passphrase"], input: terminal.path,
            output: place.path("out"), environment: ["LINKSEAL_WORKSPACE=\(workspace)"])
        for answer in answers {
            try await terminal.question()
            terminal.type(answer)
        }
        let isMade = await asking.end() == .exited(0)
        #expect(try await keys().map(\.state) == states && isMade == (states.count == 2))
    }

    @Test func `the scripts are clean by shellcheck`() async throws {
        let names = ["rotate", "revoke", "publish", "common.sh"]
        let checked = try await run(
            "/usr/bin/env", ["shellcheck", "-x", "-P", scripts.path] + names.map { scripts.appending(path: $0).path })
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    }
}

extension ChildProcess.Outcome {
    /// What cron mails.
    fileprivate var lines: [Substring] { (output + errors).split(separator: "\n") }
}
