import Foundation
import TestSupport
import Testing

/// `linkseal results finish` beside the real server.
@Suite struct ResultsFinishTests {
    private struct Finished: Decodable {
        struct Refused: Decodable {
            var line: Int
            var reason: String
        }
        var links: Int
        var recorded, known, reset: Int?
        var refused: [Refused]
        var others: [String: Int]
    }

    /// Starts a link for each, and gives the sessions.
    private func start(_ tokens: some Sequence<String>, at server: Server) async throws -> [String] {
        var sessions: [String] = []
        for token in tokens { sessions.append(try #require(try await server.start(token).session)) }
        return sessions
    }

    /// An export as of a tool that notes the time in UTC.
    private func writeExport(_ sessions: some Sequence<String>, to name: String, in place: ProgramWorkspace) throws {
        let time = Date.now.ISO8601Format()
        let rows = sessions.map { "\(time),9,\($0)\n" }.joined()
        try place.write("Submitted at,How likely?,session\n" + rows, to: name)
    }

    /// The same as of Google Forms, which writes the clock of the form's owner.
    private func writeGoogleExport(_ sessions: some Sequence<String>, to name: String, in place: ProgramWorkspace)
        throws
    {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let now = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: .now)
        let date = "\(now.month!)/\(now.day!)/\(now.year!)"
        let time = [now.hour!, now.minute!, now.second!].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        let rows = sessions.map { "\(date) \(time),9,\"Nothing, really\",\($0)\r\n" }.joined()
        try place.write("Timestamp,How likely?,What else?,Session\r\n" + rows, to: name)
    }

    /// How many links have each status.
    private func statuses(_ place: ProgramWorkspace) async throws -> [String: Int] {
        struct Downloaded: Decodable { var statuses: [String: Int] }
        return try await place.json(
            "download", "NPS", "--out", "statuses.csv", as: Downloaded.self
        ).statuses.filter { $0.value > 0 }
    }

    @Test(.timeLimit(.minutes(2)))
    func `who answered has finished, though the tool tells nobody, and reminders leave them out`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n" + (0..<4).map { "C\($0),c\($0)@x.example\n" }.joined(), to: "people.csv")
        let generated = try await place.generate("people.csv", more: ["--resume", "never"])
        try #require(generated.status == 0, "\(generated)")
        let tokens = try place.tokens()
        let server = try await Server(place)
        let sessions = try await start(tokens[..<3], at: server)
        #expect(try await statuses(place) == ["Survey Started": 3, "Email Not Sent": 1])
        // The fourth row belongs to nobody who started.
        let strange = String(sessions[0].dropLast(4)) + "AAAA"
        try writeGoogleExport([sessions[0], sessions[2], strange, ""], to: "export.csv", in: place)
        let finished = try await place.json(
            "results", "finish", "export.csv", "--time-zone", "Europe/Berlin", as: Finished.self)
        #expect(finished.recorded == 2 && finished.known == 0 && finished.refused.isEmpty)
        #expect(finished.others == ["forged": 1, "nothing there": 1])
        #expect(try await statuses(place) == ["Survey Finished": 2, "Survey Started": 1, "Email Not Sent": 1])
        #expect(try await server.start(tokens[0]).outcome == "already_finished")
        let row = try await place.json("distributions", as: [[String: JSONValue]].self)[0]
        #expect(row["started"]?.number == 3 && row["finished"]?.number == 2)

        try await place.succeed(
            "download", "NPS", "--only-status", "Survey Started", "--only-status", "Email Not Sent", "--out", "r.csv")
        let reminded = try place.read("r.csv").split(separator: "\r\n").dropFirst()
        #expect(reminded.count == 2 && reminded.allSatisfy { $0.contains("C1") || $0.contains("C3") })

        let another = try await place.run(
            "generate", "--from", "NPS", "--only-status", "Survey Started", "--name", "Again", "--out", "again.csv",
            "--survey-url", ProgramWorkspace.surveyURL, "--base-url", ProgramWorkspace.baseURL)
        #expect(another.status == 0, "\(another)")
        let asked = try place.read("again.csv").split(separator: "\r\n").dropFirst()
        #expect(asked.count == 1 && asked.allSatisfy { $0.contains("C1") })

        let again = try await place.succeed("results", "finish", "export.csv", "--time-zone", "Europe/Berlin")
        #expect(again.contains(": 0 new, 2 known before."), "\(again)")
        // What a redirect reported stays as it is.
        #expect(try await server.finish(tokens[1]).outcome == "finished")
        try writeGoogleExport([sessions[1]], to: "late.csv", in: place)
        let late = try await place.json(
            "results", "finish", "late.csv", "--time-zone", "Europe/Berlin", as: Finished.self)
        #expect(late.recorded == 0 && late.known == 1)
        await server.terminate()
        #expect(try await place.succeed("log", "check").contains("The log is sound."))
    }

    @Test(.timeLimit(.minutes(2)))
    func `without an edge the log itself is written, and for an edge elsewhere a file that it imports`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let server = try await Server(place)
        let sessions = try await start(try place.tokens(), at: server)
        await server.terminate()
        try writeExport(sessions, to: "export.csv", in: place)
        let written = try await place.json(
            "results", "finish", "export.csv", "--out", "finishes.log", as: Finished.self)
        #expect(written.links == 3 && written.recorded == nil)
        #expect(try await statuses(place) == ["Survey Started": 3])
        // The log of another edge, which has not seen them start.
        let elsewhere = [
            "--bundle", "linkseal-data/bundle.json", "--root-key", "keys/root.pub.pem", "--session-key",
            "keys/session.key", "--log", "edge.log",
        ]
        let edge = try await Server(place, elsewhere + ["--new-log"])
        let imported = try await place.succeed("log", "import", "finishes.log", "--log", "edge.log")
        #expect(imported.contains("3 are new in edge.log, 0 changed."), "\(imported)")
        for token in try place.tokens() { #expect(try await edge.start(token).outcome == "already_finished") }
        await edge.terminate()
        let there = try await place.json(
            "results", "finish", "export.csv", "--log", "edge.log", as: Finished.self)
        #expect(there.recorded == 0 && there.known == 3)

        let here = try await place.json("results", "finish", "export.csv", as: Finished.self)
        #expect(here.recorded == 3)
        #expect(try await statuses(place) == ["Survey Finished": 3])
        let both = try await place.run(
            "results", "finish", "export.csv", "--log", "edge.log", "--out", "x.log")
        #expect(both.status == 64 && both.errors.contains("only one of --log, --store and --out"), "\(both)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `a join can record the finishes first, and shows them`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        let server = try await Server(place)
        let sessions = try await start(try place.tokens(), at: server)
        try writeGoogleExport([sessions[0], "x"], to: "export.csv", in: place)
        let asked = try await place.run("results", "join", "export.csv", "--finish", "--out", "joined.csv")
        #expect(asked.status == 1 && asked.errors.contains("--time-zone"), "\(asked)")
        #expect(try !place.files().contains("joined.csv"))
        struct Joined: Decodable { var finishes: Int? }
        for finishes in [1, 0] {
            let joined = try await place.json(
                "results", "join", "export.csv", "--finish", "--time-zone", "Europe/Berlin", "--columns",
                "Contact ID,Status,Match", "--out", "joined.csv", as: Joined.self)
            #expect(joined.finishes == finishes)
            let rows = try place.read("joined.csv").split(separator: "\r\n").dropFirst()
            #expect(rows.first?.hasSuffix(",C0,Survey Finished,matched") == true, "\(rows)")
        }
        #expect(try await server.start(place.tokens()[0]).outcome == "already_finished")
        await server.terminate()
        for arguments in [
            ["--finish", "--by", "contact"], ["--now"], ["--finish", "--log", "a", "--log", "b"],
        ] {
            let wrong = try await place.run(["results", "join", "export.csv", "--out", "x.csv"] + arguments)
            #expect(wrong.status == 64, "\(arguments): \(wrong)")
        }
        let input = try await place.run("results", "join", "-", "--finish", "--out", "x.csv")
        #expect(input.status == 64 && input.errors.contains("needs a file"), "\(input)")
    }

    /// Killed with the finishes in the inbox, after they were taken over, and in between.
    @Test(.timeLimit(.minutes(5)))
    func `an edge that is killed while finishes are recorded loses none, and records none twice`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 40)
        let tokens = try place.tokens()
        var server = try await Server(place)
        let sessions = try await start(tokens, at: server)
        let inbox = place.path("linkseal-data/consumption.log.inbox")
        func left() -> Bool {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: inbox)) ?? []
            return names.contains { $0.hasSuffix(".log") }
        }
        for round in 0..<10 {
            let name = "export-\(round).csv"
            try writeExport(sessions[(round * 4)..<(round * 4 + 4)], to: name, in: place)
            async let finishing = place.json("results", "finish", name, as: Finished.self)
            while !left() { try await Task.sleep(for: .milliseconds(1)) }
            // Now and then it takes them over first, or is about to.
            if round % 3 == 1 { while left() { try await Task.sleep(for: .milliseconds(1)) } }
            if round % 3 == 2 { try await Task.sleep(for: .milliseconds(.random(in: 0...2000))) }
            await server.killed()
            server = try await Server(place)
            let finished = try await finishing
            #expect(finished.recorded == 4 && finished.known == 0)
            #expect(try await statuses(place)["Survey Finished"] == 4 * (round + 1), "round \(round)")
            let again = try await place.json("results", "finish", name, as: Finished.self)
            #expect(again.recorded == 0 && again.known == 4)
        }
        for token in tokens { #expect(try await server.start(token).outcome == "already_finished") }
        await server.terminate()
        let check = try await place.succeed("log", "check")
        #expect(check.contains("80 events, 40 links started, 40 finished"), "\(check)")
    }

    @Test func `what an export does not say is asked for`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        let session = try await start(try place.tokens(), at: server)[0]
        await server.terminate()
        try place.write("Timestamp,Session\n2021-11-24 09:15:01,\(session)\n", to: "export.csv")
        let zone = try await place.run("results", "finish", "export.csv")
        #expect(
            zone.status == 1 && zone.errors.contains("have no time zone, such as \"2021-11-24 09:15:01\" in line 2"))
        #expect(zone.errors.contains("--time-zone Europe/Berlin"))
        for wrong in ["CET", "Europe/Atlantis", "2", "+25:00"] {
            let outcome = try await place.run("results", "finish", "export.csv", "--time-zone", wrong)
            #expect(outcome.status == 64 && outcome.errors.contains("Europe/Berlin"), "\(wrong): \(outcome)")
        }
        for right in ["UTC", "Europe/Berlin", "+02:00", "-0930", "America/Argentina/Buenos_Aires"] {
            let outcome = try await place.run("results", "finish", "export.csv", "--time-zone=\(right)")
            #expect(
                outcome.status == 1
                    && outcome.errors.contains("line 2: no finish is recorded: submitted before its survey was started")
            )
        }
        try place.write("When,Session\n1/2/2027 09:15:01,\(session)\n", to: "export.csv")
        let text = try await place.run("results", "finish", "export.csv", "--time-column", "Session", "--json")
        #expect(
            text.status == 1 && text.errors.contains("line 2: no finish is recorded: its time can't be read"), "\(text)"
        )
        let now = try await place.json("results", "finish", "export.csv", "--now", as: Finished.self)
        #expect(now.recorded == 1)
        let both = try await place.run("results", "finish", "export.csv", "--now", "--time-zone", "UTC")
        #expect(both.status == 64, "\(both)")
        let column = try await place.run("results", "finish", "export.csv", "--time-column", "Where")
        #expect(column.status == 1 && column.errors.contains("name one of them with --time-column"), "\(column)")
        #expect(!zone.errors.contains(session) && !column.errors.contains(session))
    }
}
