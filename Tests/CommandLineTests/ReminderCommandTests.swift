import Foundation
import TestSupport
import Testing

/// Reminders, by the program, while people answer.
@Suite(.timeLimit(.minutes(5))) struct ReminderCommandTests {
    private struct Written: Decodable {
        var rows, reminders: Int
        var leftOut: [String: Int]
    }

    /// The contact IDs of a spreadsheet, and their tokens.
    private func links(_ place: ProgramWorkspace, _ name: String = "reminder.csv") throws -> [String: String] {
        let rows = try place.read(name).split(separator: "\r\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[6]) })
    }

    @Test func `people who answer a running server get no reminder, and the history counts those who do`() async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 5)
        let (sent, tokens) = (try links(place, "links.csv"), try place.tokens())
        let server = try await Server(place)
        for index in 0..<2 { #expect(try await server.start(tokens[index]).outcome == "started") }
        #expect(try await server.finish(tokens[1]).outcome == "finished")
        try await place.succeed("revoke", "NPS", "--contact", "C4")

        let text = try await place.succeed("reminder", "NPS", "--out", "reminder.csv")
        #expect(
            text.hasPrefix("2 links of \"NPS\"") && text.contains("It is reminder 1 of this distribution."), "\(text)")
        #expect(text.contains("Left out: 1 started, 1 finished, 1 revoked."), "\(text)")
        #expect(try links(place) == sent.filter { ["C2", "C3"].contains($0.key) })
        let written = try await place.json(
            "reminder", "NPS", "--to", "not-finished", "--at-most", "2", "--out", "reminder.csv", as: Written.self)
        #expect(written.rows == 3 && written.reminders == 2)
        #expect(written.leftOut == ["Survey Finished": 1, "Link Revoked": 1])
        #expect(try links(place) == sent.filter { ["C0", "C2", "C3"].contains($0.key) })

        let before = try place.read("reminder.csv")
        let third = try await place.run("reminder", "NPS", "--at-most", "2", "--out", "reminder.csv")
        #expect(third.status == 1 && third.output.isEmpty && third.errors.contains("2 reminders"), "\(third)")
        #expect(try place.read("reminder.csv") == before)
        let shown = try await place.succeed("distributions", "NPS")
        #expect(shown.contains("wrote a reminder for 2 recipients who had not started"), "\(shown)")
        #expect(shown.contains("wrote a reminder for 3 recipients who had not finished"), "\(shown)")

        // The rest answers.
        for index in [0, 2, 3] {
            _ = try await server.start(tokens[index])
            #expect(try await server.finish(tokens[index]).outcome == "finished")
        }
        let nobody = try await place.succeed("reminder", "NPS", "--to", "not-finished", "--out", "reminder.csv")
        #expect(nobody.hasPrefix("Nobody of \"NPS\"") && nobody.contains("4 finished"), "\(nobody)")
        #expect(try links(place).isEmpty)
        let last = try await place.json("distributions", "NPS", as: DistributionsCommandTests.Report.self)
        #expect(last.history?.count { $0.action["reminded"] != nil } == 2)
        await server.terminate()
        #expect(try await place.run("reminder", "NPS", "--at-most", "0", "--out", "r.csv").status == 64)
    }

    @Test func `what happens on an edge counts, and an edge that is not known stops a reminder`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let tokens = try place.tokens()
        try await place.succeed("edges", "new-key", "consumption.key")
        let edge = try await EdgesTests.Edge("one", in: place)
        try await place.succeed("edges", "add", edge.url, "--name", "one", "--key-file", "consumption.key")
        #expect(try await edge.server.start(tokens[0]).outcome == "started")
        let reminder = ["reminder", "NPS", "--out", "reminder.csv"]
        try await place.succeed(reminder)
        #expect(try Set(links(place).keys) == ["C1", "C2"])

        // What it told less than an hour ago is as good as what a mailing takes.
        await edge.server.killed()
        let recent = try await place.run(reminder)
        #expect(recent.status == 0 && recent.errors.contains("one could not be fetched"), "\(recent)")
        let standing = "linkseal-data/edges/one/standing.json"
        let hourAgo = try place.read(standing).replacing(/"asOf" : \d+/) { (_) in
            "\"asOf\" : \(Int(Date.now.timeIntervalSince1970) - 3700)"
        }
        try place.write(hourAgo, to: standing)
        let before = try place.read("reminder.csv")
        for more in [[], ["--no-fetch"]] {
            let old = try await place.run(reminder + more)
            #expect(old.status == 1 && old.errors.contains("no reminder was written"), "\(old)")
            #expect(old.errors.contains("known of one,"), "\(old)")
        }
        #expect(try place.read("reminder.csv") == before)
        try await place.succeed(reminder + ["--allow-stale"])
        try await place.succeed("edges", "retire", "one")
        try await place.succeed(reminder)
        let never = [
            "edges", "add", "http://127.0.0.1:1", "--name", "two", "--key-file", "consumption.key", "--unreached",
        ]
        try await place.succeed(never)
        let unknown = try await place.run(reminder)
        #expect(unknown.status == 1 && unknown.errors.contains("known of two,"), "\(unknown)")
        // Logs that are named are what is known.
        try await place.succeed(reminder + ["--log", "one.log"])
        let history = try await place.json("distributions", "NPS", as: DistributionsCommandTests.Report.self).history
        #expect(history?.count { $0.action["reminded"] != nil } == 5)
    }
}
