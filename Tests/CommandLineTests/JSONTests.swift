import Foundation
import TestSupport
import Testing

/// With `--json` a program can read everything that a command says.
@Suite struct JSONTests {
    /// A line on standard error.
    struct Line: Decodable {
        var error, warning, note: String?
        var status: Int32?
    }

    static func lines(_ outcome: ProgramWorkspace.Outcome) throws -> [Line] {
        try outcome.errors.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    struct CommandInfo: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { var name: String }
            var preferredName: Name?
        }

        var commandName: String
        var arguments: [Argument]?
        var subcommands: [CommandInfo]?
        var defaultSubcommand: String?

        /// Every command below that does something itself, as the words that name it.
        func leaves(_ words: [String] = []) -> [(words: [String], info: CommandInfo)] {
            guard let subcommands, !subcommands.isEmpty else { return [(words, self)] }
            return subcommands.filter { $0.commandName != "help" }.flatMap { $0.leaves(words + [$0.commandName]) }
        }
    }

    @Test func `every command takes --json, and says in JSON what it does not understand`() async throws {
        struct Dump: Decodable { var command: CommandInfo }
        let place = try await ProgramWorkspace(initialized: false)
        let text = try await place.succeed("--experimental-dump-help")
        let leaves = try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command.leaves()
        #expect(leaves.count > 35)
        for (words, info) in leaves {
            let name = words.joined(separator: " ")
            #expect(info.arguments?.contains { $0.preferredName?.name == "json" } == true, "\(name)")
            let outcome = try await place.run(words + ["--json", "--nonsense"])
            let lines = try Self.lines(outcome)
            #expect(outcome.status == 64 && outcome.output.isEmpty, "\(name): \(outcome)")
            #expect(
                lines.count == 1 && lines[0].status == 64 && lines[0].error?.isEmpty == false, "\(name)")
        }
    }

    @Test func `what is refused is one JSON object on standard error`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        let outcome = try await place.run("distributions", "--json")
        let lines = try Self.lines(outcome)
        #expect(outcome.status == 1 && outcome.output.isEmpty && lines.count == 1, "\(outcome)")
        #expect(lines.first?.error?.hasPrefix("there is no workspace") == true && lines.first?.status == 1)
    }

    @Test func `warnings are JSON, and the result stays alone on standard output`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let outcome = try await place.generate("p.csv", surveyURL: "https://survey.example/s", more: ["--json"])
        #expect(outcome.status == 0)
        let lines = try Self.lines(outcome)
        #expect(lines.contains { $0.warning?.contains("{session}") == true } && lines.allSatisfy { $0.error == nil })
        let result = try JSONDecoder().decode([String: JSONValue].self, from: Data(outcome.output.utf8))
        #expect(result["links"]?.number == 1)
    }

    @Test func `a demonstration is one JSON object`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        let outcome = try await place.run("demo", "--walk", "--json")
        #expect(outcome.status == 0, "\(outcome)")
        let result = try JSONDecoder().decode([String: Bool].self, from: Data(outcome.output.utf8))
        #expect(result == ["walked": true])
    }

    @Test func `events are exported as JSON lines`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        _ = try await server.start(place.tokens()[0])
        await server.terminate()
        let output = try await place.succeed("log", "export", "--json")
        let event = try JSONDecoder().decode([String: JSONValue].self, from: Data(output.utf8))
        #expect(event["event"]?.string == "started")
        #expect(try await place.run("log", "export", "--json", "--format", "csv").status == 64)
    }
}
