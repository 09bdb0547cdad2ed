import Foundation
import TestSupport
import Testing

/// `linkseal log import` into logs that are served and into those that are not.
@Suite struct LogImportTests {
    /// The log of another edge, on which the links were started and, but for the last, finished.
    private func makeOtherLog(_ place: ProgramWorkspace, _ tokens: ArraySlice<String>, at path: String) async throws {
        let edge = try await Server(
            place,
            [
                "--bundle", "linkseal-data/bundle.json", "--root-key", "keys/root.pub.pem", "--session-key",
                "keys/session.key", "--log", path, "--new-log",
            ])
        for token in tokens { #expect(try await edge.start(token).outcome == "started") }
        for token in tokens.dropLast() { #expect(try await edge.finish(token).outcome == "finished") }
        await edge.terminate()
    }

    private struct Imported: Decodable, Equatable {
        var events, links, added, changed: Int
    }

    @Test(.timeLimit(.minutes(2))) func `a log is taken over while it is served, and no link of it starts again`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 5)
        let tokens = try place.tokens()
        try await makeOtherLog(place, tokens[0..<3], at: "other.log")
        let server = try await Server(place)
        #expect(try await server.start(tokens[0]).outcome == "started")
        #expect(try await server.start(tokens[3]).outcome == "started")
        let imported = try await place.json("log", "import", "other.log", as: Imported.self)
        #expect(imported == Imported(events: 5, links: 3, added: 2, changed: 1))
        #expect(try await server.start(tokens[0]).outcome == "already_finished")
        #expect(try await server.start(tokens[1]).outcome == "already_finished")
        #expect(try await server.start(tokens[2]).outcome == "resumed")
        #expect(try await server.finish(tokens[3]).outcome == "finished")
        let row = try await place.json("distributions", as: [[String: JSONValue]].self)[0]
        #expect(row["started"]?.number == 4 && row["finished"]?.number == 3)
        let again = try await place.succeed("log", "import", "other.log")
        #expect(again.contains("3 links of other.log: 0 are new in") && again.contains("0 changed"), "\(again)")
        await server.terminate()
        #expect(try await place.run("log", "check").status == 0)
        try await place.succeed("download", "NPS", "--out", "again.csv", "--only-status", "Email Not Sent")
        #expect(try place.read("again.csv").split(separator: "\r\n").count == 2, "reminders go to the fifth alone")
    }

    @Test(.timeLimit(.minutes(2)))
    func `a log that nobody serves is written to itself, and one that is not there is refused`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let tokens = try place.tokens()
        try await makeOtherLog(place, tokens[0..<2], at: "other.log")
        let imported = try await place.json("log", "import", "other.log", as: Imported.self)
        #expect(imported == Imported(events: 3, links: 2, added: 2, changed: 0))
        let none = try await place.run("log", "import", "other.log", "--log", "none.log")
        #expect(none.status == 1 && none.errors.contains("there is no consumption log at none.log"), "\(none)")
        let unnamed = try await place.run("log", "import")
        #expect(unnamed.status == 64 && unnamed.errors.contains("Name the log to import"), "\(unnamed)")
        #expect(try !place.files().contains { $0.contains("inbox") })
        let server = try await Server(place)
        #expect(try await server.start(tokens[0]).outcome == "already_finished")
        await server.terminate()
    }

    @Test(.timeLimit(.minutes(2)))
    func `what is left for an edge that is down is taken over before it serves, and damage is set aside`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 2)
        let tokens = try place.tokens()
        try await makeOtherLog(place, tokens[0..<2], at: "other.log")
        let inbox = "linkseal-data/consumption.log.inbox"
        try FileManager.default.createDirectory(atPath: place.path(inbox), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: place.path("other.log"), toPath: place.path(inbox + "/a.log"))
        try place.write("no log", to: inbox + "/b.log")
        let server = try await Server(place)
        #expect(try await server.start(tokens[0]).outcome == "already_finished")
        #expect(try Set(place.files().filter { $0.hasPrefix(inbox + "/") }) == [inbox + "/b.log.damaged"])
        await server.terminate()
    }
}
