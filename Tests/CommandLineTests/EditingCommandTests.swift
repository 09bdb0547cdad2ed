import Foundation
import TestSupport
import Testing

/// `linkseal distributions edit` and what keeps distributions in order.
@Suite(.timeLimit(.minutes(5))) struct EditingCommandTests {
    private struct Changed: Decodable {
        var name: String
        var sequence: Double?
    }

    @Test func `links that were sent lead to the new survey URL on a running server, and so do started ones`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 2)
        let tokens = try place.tokens()
        let server = try await Server(place)
        let first = try #require(try await server.redirect(of: tokens[0]))
        #expect(first.hasPrefix("https://survey.example/s?c=C0&r=S"))
        let changed = try await place.json(
            "distributions", "edit", "NPS", "--survey-url", "https://new.example/{contact_id}?session={session}",
            as: Changed.self)
        try await server.waitForBundle(try #require(changed.sequence))
        #expect(try await server.redirect(of: tokens[1])?.hasPrefix("https://new.example/C1?session=S") == true)
        // The session of a started survey is the same.
        let session = first.split(separator: "=").last!
        #expect(try await server.redirect(of: tokens[0]) == "https://new.example/C0?session=\(session)")

        let again = try await place.succeed(
            "distributions", "edit", "NPS", "--survey-url", "https://new.example/{contact_id}?session={session}")
        #expect(again.contains("was like that already"), "\(again)")
        let renamed = try await place.json("distributions", "edit", "NPS", "--name", "Q4", as: Changed.self)
        #expect(renamed.name == "Q4")
        let shown = try await place.succeed("distributions", "Q4")
        #expect(shown.contains("  survey      https://new.example/{contact_id}?session={session}\n"), "\(shown)")
        #expect(shown.contains("changed the survey URL") && shown.contains("changed the name"), "\(shown)")
        await server.terminate()
    }

    @Test func `problems are told before anything is published`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        #expect(try await place.generate("people.csv", name: "Other", out: "other.csv").status == 0)
        let before = (
            try place.read("linkseal-data/bundle.json"), try await place.succeed("distributions", "NPS", "--json")
        )
        func edit(_ arguments: String...) async throws -> ProgramWorkspace.Outcome {
            try await place.run(["distributions", "edit", "NPS"] + arguments)
        }
        for (arguments, status, part) in [
            ([], 64, "--survey-url"), (["--tool", "tally"], 64, "--survey-url"),
            (["--resume", "soon"], 64, "--resume"),
            (["--name", "Other"], 1, "exists already; choose another name"),
            (["--survey-url", "https://new.example/{plan}"], 1, "unknown field {plan}"),
            (["--survey-url", "https://s.example/1?session={session}", "--tool", "limesurvey"], 1, "newtest=Y"),
        ] as [([String], Int32, String)] {
            let outcome = try await place.run(["distributions", "edit", "NPS"] + arguments)
            #expect(outcome.status == status && outcome.errors.contains(part), "\(outcome)")
        }
        #expect(try place.read("linkseal-data/bundle.json") == before.0)
        let after = try await place.succeed("distributions", "NPS", "--json")
        let times = /"[^"]+" : "\d{4}-[^"]+Z"/
        #expect(after.replacing(times, with: "") == before.1.replacing(times, with: ""))

        let doubtful = try await edit("--survey-url", "https://new.example/", "--resume", "1d")
        #expect(doubtful.status == 0 && doubtful.errors.contains("neither {session} nor {contact_id}"), "\(doubtful)")
        #expect(doubtful.errors.contains("people who started more than 1d ago"), "\(doubtful)")
        #expect(try place.read("linkseal-data/bundle.json") != before.0)
    }

    @Test func `nobody is given more time with links whose key was retired`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        struct Key: Decodable { var id: String }
        let key = try #require(try await place.json("keys", "list", as: [Key].self).first?.id)
        try await place.succeed("keys", "make")
        try await place.succeed("publish")
        try await place.succeed("keys", "rotate", "--settling", "0s")
        try await place.succeed("distributions", "edit", "NPS", "--resume", "8d")
        try await place.succeed("keys", "retire", key, "--force")
        let longer = try await place.run("distributions", "edit", "NPS", "--resume", "always")
        #expect(longer.status == 1 && longer.errors.contains("their key \(key) was retired"), "\(longer)")
        try await place.succeed("distributions", "edit", "NPS", "--resume", "1d", "--name", "Over")
        let reminder = try await place.run("reminder", "Over", "--out", "reminder.csv")
        #expect(reminder.status == 1 && reminder.errors.contains("no longer signs links"), "\(reminder)")
        #expect(try !place.files().contains("reminder.csv"))
    }
}
