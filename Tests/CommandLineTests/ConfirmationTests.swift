import Foundation
import TestSupport
import Testing

/// What can't be undone is done only when somebody says so.
@Suite(.timeLimit(.minutes(10))) struct ConfirmationTests {
    static func place() async throws -> ProgramWorkspace {
        let place = try await ProgramWorkspace.with(contacts: 2)
        try await place.succeed("contacts", "import", "people.csv", "--name", "People")
        return place
    }

    static let commands = [
        ["contacts", "remove", "People"], ["contacts", "erase", "--contact", "C1"], ["delete", "NPS"],
        ["regenerate", "NPS", "--out", "new.csv"],
    ]

    private func isUntouched(_ place: ProgramWorkspace) async throws -> Bool {
        let lists = try await place.json("contacts", "list", as: [[String: JSONValue]].self)
        let distributions = try await place.json("distributions", as: [[String: JSONValue]].self)
        let sequence = try await place.json("publish", as: [String: JSONValue].self)["sequence"]?.number
        return lists.first?["contacts"]?.number == 2 && distributions.first?["status"]?.string == "active"
            && sequence == 2
    }

    /// Starts a command at a terminal, with its output in a file.
    private func start(_ arguments: [String], at terminal: PseudoTerminal, in place: ProgramWorkspace) throws
        -> ChildProcess
    {
        try ChildProcess(
            "setsid", ["--ctty", ProgramWorkspace.program] + arguments, in: place.root, input: terminal.path,
            output: place.path("output"), errors: terminal.path)
    }

    @Test(arguments: commands)
    func `without a terminal it takes --yes`(arguments: [String]) async throws {
        let place = try await Self.place()
        // Nobody who types has a pipe in between.
        let refused = try await place.run(arguments, input: "yes\n")
        #expect(refused.status == 64 && refused.errors.contains("--yes"), "\(refused)")
        #expect(try await isUntouched(place))
        #expect(try await place.run(arguments + ["--yes"]).status == 0)
        #expect(try await !isUntouched(place))
    }

    @Test(arguments: commands)
    func `at a terminal it asks, and only yes is one`(arguments: [String]) async throws {
        let place = try await Self.place()
        for (answer, status) in [("y", Int32(1)), ("yes", 0)] {
            let terminal = try PseudoTerminal()
            let process = try start(arguments, at: terminal, in: place)
            #expect(try await terminal.question().contains("Type yes:"))
            terminal.type(answer)
            #expect(await process.end() == .exited(status))
            #expect(try await isUntouched(place) == (answer != "yes"))
        }
    }

    @Test func `the question is not part of a spreadsheet on standard output`() async throws {
        let place = try await Self.place()
        let terminal = try PseudoTerminal()
        let process = try start(["regenerate", "NPS", "--out", "-"], at: terminal, in: place)
        try await terminal.question()
        terminal.type("yes")
        #expect(await process.end() == .exited(0))
        #expect(try place.read("output").hasPrefix("Contact ID,"))
    }
}
