import Foundation
import TestSupport
import Testing

/// The real command, as it was built beside the tests.
struct Command {
    static let path = builtProgram("linkseal")

    let directory: String

    typealias Outcome = ChildProcess.Outcome

    @discardableResult
    func run(_ arguments: String..., input: String = "") async throws -> Outcome {
        try await run(arguments, input: input)
    }

    func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        try await ChildProcess.run(Self.path, arguments, in: directory, input: Array(input.utf8))
    }

    /// Runs a command that must succeed, and gives what it printed.
    @discardableResult
    func succeed(_ arguments: String..., input: String = "") async throws -> String {
        let outcome = try await run(arguments, input: input)
        try #require(outcome.status == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome.output
    }

    func json<Value: Decodable>(_ arguments: String..., as type: Value.Type = Value.self) async throws -> Value {
        let outcome = try await run(arguments + ["--json"])
        try #require(outcome.status == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)")
        return try JSONDecoder().decode(Value.self, from: Data(outcome.output.utf8))
    }
}

/// A directory with a workspace, removed with its owner.
struct Place: Sendable {
    private let directory = TemporaryDirectory()
    var root: String { directory.root }
    var command: Command { Command(directory: root) }

    init(initialized: Bool = true) async throws {
        if initialized { try await command.succeed("init") }
    }

    func path(_ name: String) -> String { directory.path(name) }

    func write(_ text: String, to name: String) throws {
        try directory.write(Array(text.utf8), to: name)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// Everything that lies in the directory, by path.
    func files() throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: root))
    }

    static let surveyURL = "https://survey.example/s?c={contact_id}&r={session}"
    static let baseURL = "https://links.example/l/"

    func generate(
        _ file: String, name: String = "NPS", surveyURL: String = surveyURL, out: String = "links.csv",
        more: [String] = []
    ) async throws -> Command.Outcome {
        try await command.run(
            [
                "generate", "--contacts", file, "--name", name, "--survey-url", surveyURL, "--base-url", Self.baseURL,
                "--out", out,
            ] + more)
    }
}
