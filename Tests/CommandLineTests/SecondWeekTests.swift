import Foundation
import Synchronization
import TestSupport
import Testing

/// What an admin changes after the mailing reaches two edges with logs of their own, while others use their links.
@Suite(.timeLimit(.minutes(10))) struct SecondWeekTests {
    /// A workspace with 40 links that expire in two minutes, and two edges that follow its bundle.
    private final class Setting: Sendable {
        let place: ProgramWorkspace
        let edges: [Server]
        /// Tokens by contact ID.
        let tokens: [String: String]

        init(resume: String = "7d") async throws {
            place = try await ProgramWorkspace()
            let people = (0..<40).map { "c\($0),p\($0)@x.example" }.joined(separator: "\n")
            try place.write("Contact ID,Email\n\(people)\n", to: "people.csv")
            try await place.succeed(
                "generate", "--contacts", "people.csv", "--name", "Spring", "--out", "links.csv", "--expires", "60d",
                "--resume", resume, "--survey-url", "https://survey.example/s?r={session}", "--base-url",
                "https://links.example/l/")
            tokens = try Self.tokens(in: "links.csv", of: place)
            var edges: [Server] = []
            for name in ["one", "two"] { edges.append(try await Self.serve(name, place)) }
            self.edges = edges
        }

        static func serve(_ name: String, _ place: ProgramWorkspace) async throws -> Server {
            try await Server(
                place,
                [
                    "--bundle", "linkseal-data/bundle.json", "--root-key", "keys/root.pub.pem", "--session-key",
                    "keys/session.key", "--log", "\(name).log", "--new-log",
                ])
        }

        static func tokens(in file: String, of place: ProgramWorkspace) throws -> [String: String] {
            let rows = try place.read(file).split(whereSeparator: \.isNewline).map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            let columns = try #require(rows.first)
            let (id, link) = try (
                #require(columns.firstIndex { $0.hasSuffix("Contact ID") }), #require(columns.firstIndex(of: "Link"))
            )
            return Dictionary(
                uniqueKeysWithValues: rows.dropFirst().map {
                    (String($0[id]), String($0[link].split(separator: "/").last ?? ""))
                })
        }

        /// Runs a command that publishes, and waits until both edges have its bundle.
        func change(_ arguments: String...) async throws {
            struct Changed: Decodable { var sequence: Double }
            let printed = try await place.succeed(arguments + ["--json"])
            let sequence = try JSONDecoder().decode(Changed.self, from: Data(printed.utf8)).sequence
            for edge in edges { try await edge.waitForBundle(sequence) }
        }

        func outcomes(of contact: String) async throws -> [String] {
            var outcomes: [String] = []
            for edge in edges { outcomes.append(try await edge.start(tokens[contact]!).outcome) }
            return outcomes
        }

        /// Runs the body while the last ten recipients use their links all the time, and expects that no answer of theirs
        /// changes.
        func whileOthersUseTheirs(_ body: () async throws -> Void) async throws {
            func answers() async throws -> Set<String> {
                var answers: Set<String> = []
                for number in 30..<40 {
                    for edge in edges { answers.insert(try await edge.start(tokens["c\(number)"]!).outcome) }
                }
                return answers
            }
            #expect(try await answers() == ["started"])
            let isOver = Atomic(false)
            async let load = {
                var all = try await answers()
                while !isOver.load(ordering: .relaxed) { all.formUnion(try await answers()) }
                return all
            }()
            do {
                try await body()
                isOver.store(true, ordering: .relaxed)
            } catch {
                isOver.store(true, ordering: .relaxed)
                _ = try await load
                throw error
            }
            #expect(try await load == ["resumed"])
        }

        func end() async {
            for edge in edges { await edge.terminate() }
        }
    }

    @Test func `an earlier and a later expiry reach both edges, for all and for one, and no other answer changes`()
        async throws
    {
        let setting = try await Setting()
        #expect(try await setting.outcomes(of: "c0") == ["started", "started"])
        try await setting.whileOthersUseTheirs {
            try await setting.change("expire", "Spring", "--at", "now", "--contact", "c1")
            #expect(try await setting.outcomes(of: "c1") == ["link_expired", "link_expired"])
            #expect(try await setting.outcomes(of: "c2") == ["started", "started"])
            try await setting.change("expire", "Spring", "--at", "90d", "--contact", "c1")
            #expect(try await setting.outcomes(of: "c1") == ["started", "started"])
        }

        try await setting.change("expire", "Spring", "--at", "now")
        #expect(try await setting.outcomes(of: "c3") == ["link_expired", "link_expired"])
        #expect(try await setting.outcomes(of: "c0") == ["resumed", "resumed"], "started ones can be finished")
        // The links are long over, and people come back.
        try await setting.change("expire", "Spring", "--at", "1d")
        #expect(try await setting.outcomes(of: "c3") == ["started", "started"])
        await setting.end()
    }

    @Test func `an edge that was offline catches up, and an old bundle brings no earlier expiry back`() async throws {
        let setting = try await Setting()
        try await setting.change("expire", "Spring", "--at", "now")
        let old = try setting.place.read("linkseal-data/bundle.json")
        await setting.edges[1].killed()
        let printed = try await setting.place.succeed("expire", "Spring", "--at", "90d", "--json")
        #expect(printed.contains("sequence"))
        let restarted = try await Setting.serve("two", setting.place)
        #expect(try await restarted.start(setting.tokens["c0"]!).outcome == "started")
        // Whoever can replace the file can't take the change back.
        try setting.place.write(old, to: "linkseal-data/bundle.json")
        await restarted.terminate()
        let again = try await Setting.serve("two", setting.place)
        #expect(try await again.start(setting.tokens["c1"]!).outcome == "started")
        await again.terminate()
        await setting.edges[0].terminate()
    }

    @Test func `a reopened link is started once more at either edge, and the admin counts the new response`()
        async throws
    {
        let setting = try await Setting()
        try await setting.whileOthersUseTheirs {
            let token = try #require(setting.tokens["c5"])
            let first = try #require(try await setting.edges[0].start(token).session)
            #expect(try await setting.edges[0].finish(token).outcome == "finished")
            #expect(try await setting.edges[0].start(token).outcome == "already_finished")
            try await setting.change("reopen", "Spring", "--contact", "c5", "--log", "one.log", "--log", "two.log")

            func status() async throws -> String {
                try await setting.place.succeed(
                    "download", "Spring", "--out", "status.csv", "--log", "one.log", "--log", "two.log")
                let row = try setting.place.read("status.csv").split(whereSeparator: \.isNewline)
                    .first { $0.contains("p5@x.example") }
                return try #require(row.map(String.init))
            }
            #expect(try await status().contains("Email Not Sent"))
            let restart = try await setting.edges[1].start(token)
            #expect(restart.outcome == "started")
            let again = try #require(restart.session)
            #expect(try await status().contains("Survey Started"))
            #expect(try await setting.edges[1].finish(token).outcome == "finished")
            #expect(try await status().contains("Survey Finished"))
            // Only the second response counts.
            let second = try #require(try await setting.edges[0].start(setting.tokens["c6"]!).session)
            let sessions = [first, again, second]
            try setting.place.write(
                "session,answer\n" + sessions.map { "\($0),fine\n" }.joined(), to: "responses.csv")
            try await setting.place.succeed(
                "results", "join", "responses.csv", "--by", "session", "--out", "joined.csv", "--columns",
                "Match,Contact ID",
                "--log", "one.log", "--log", "two.log")
            let joined = try setting.place.read("joined.csv").split(whereSeparator: \.isNewline).dropFirst()
            #expect(
                joined.map { $0.split(separator: ",").suffix(2).joined(separator: ",") } == [
                    "before the link was reopened,c5", "matched,c5", "matched,c6",
                ])
            #expect(try await setting.edges[1].start(token).outcome == "already_finished")
            // The edge of the first use lets it in as well, once: its log is its own.
            #expect(try await setting.edges[0].start(token).outcome == "started")
            #expect(try await setting.edges[0].finish(token).outcome == "finished")
            #expect(try await setting.edges[0].start(token).outcome == "already_finished")
            let export = try await setting.place.succeed("log", "export", "one.log")
            #expect(export.contains("reopened"))
        }
        await setting.end()
    }

    @Test func `one recipient gets a new link, and a revocation is undone`() async throws {
        let setting = try await Setting()
        try await setting.whileOthersUseTheirs {
            try await setting.change("regenerate", "Spring", "--contact", "c7", "--out", "new.csv", "--yes")
            #expect(try await setting.outcomes(of: "c7") == ["link_revoked", "link_revoked"])
            let new = try Setting.tokens(in: "new.csv", of: setting.place)
            #expect(new.keys.sorted() == ["c7"])
            #expect(try await setting.edges[0].start(new["c7"]!).outcome == "started")
            try await setting.change("revoke", "Spring", "--contact", "p8@x.example")
            #expect(try await setting.outcomes(of: "c8") == ["link_revoked", "link_revoked"])
            try await setting.change("revoke", "Spring", "--contact", "p8@x.example", "--undo")
            #expect(try await setting.outcomes(of: "c8") == ["started", "started"])
        }
        await setting.end()
    }

    @Test func `a survey that moves is opened at its new address at both edges, also by those who have started`()
        async throws
    {
        let setting = try await Setting()
        try await setting.whileOthersUseTheirs {
            for edge in setting.edges {
                let before = try await edge.start(setting.tokens["c1"]!)
                #expect(before.surveyURL?.hasPrefix("https://survey.example/s?r=S") == true)
            }
            try await setting.change(
                "distributions", "edit", "Spring", "--survey-url", "https://new.example/x?who={contact_id}&r={session}")
            for edge in setting.edges {
                for contact in ["c1", "c2"] {
                    let after = try await edge.start(setting.tokens[contact]!)
                    #expect(after.surveyURL?.hasPrefix("https://new.example/x?who=\(contact)&r=S") == true)
                }
            }
            let refused = try await setting.place.run(
                "distributions", "edit", "Spring", "--survey-url", "https://new.example/?p={Plan}")
            #expect(refused.status == 1)
        }
        await setting.end()
    }

    @Test func `a reminder leaves out who has answered at any edge, and is limited`() async throws {
        let setting = try await Setting()
        try await setting.whileOthersUseTheirs {
            _ = try await setting.edges[0].start(setting.tokens["c1"]!)
            _ = try await setting.edges[0].finish(setting.tokens["c1"]!)
            _ = try await setting.edges[1].start(setting.tokens["c2"]!)
            let logs = ["--log", "one.log", "--log", "two.log"]
            try await setting.place.succeed(["reminder", "Spring", "--out", "first.csv", "--at-most", "2"] + logs)
            let first = try Setting.tokens(in: "first.csv", of: setting.place)
            #expect(Set(first.keys) == Set((0..<30).map { "c\($0)" }).subtracting(["c1", "c2"]))
            #expect(first.allSatisfy { setting.tokens[$0] == $1 }, "the same links")
            try await setting.place.succeed(
                ["reminder", "Spring", "--to", "not-finished", "--out", "second.csv", "--at-most", "2"] + logs)
            let second = try Setting.tokens(in: "second.csv", of: setting.place)
            #expect(Set(second.keys) == Set((0..<40).map { "c\($0)" }).subtracting(["c1"]))
            let third = try await setting.place.run(
                ["reminder", "Spring", "--out", "third.csv", "--at-most", "2"] + logs)
            #expect(third.status == 1 && !FileManager.default.fileExists(atPath: setting.place.path("third.csv")))
        }
        await setting.end()
    }

    @Test func `a test link is opened again and again and is counted nowhere`() async throws {
        let setting = try await Setting()
        try await setting.whileOthersUseTheirs {
            let link = try await setting.place.succeed("test-link", "Spring", "--like", "p9@x.example")
            let token = try #require(link.split(separator: "/").last).trimmingCharacters(in: .newlines)
            for _ in 0..<3 {
                let start = try await setting.edges[0].start(token)
                #expect(start.outcome == "started" && start.session != nil)
                #expect(try await setting.edges[0].finish(token).outcome == "finished")
            }
            let export = try await setting.place.succeed("log", "export", "one.log")
            #expect(!export.contains("429496"), "the serials of test links")
            #expect(try await setting.outcomes(of: "c9") == ["started", "started"])
        }
        await setting.end()
    }

    @Test func `a command that changes single links names who is meant, and a deleted distribution stays deleted`()
        async throws
    {
        let setting = try await Setting()
        for command in ["reopen", "revoke"] {
            let outcome = try await setting.place.run(command, "Spring")
            #expect(outcome.status == 64 && outcome.errors.contains("--contact"))
        }
        let unknown = try await setting.place.run("reopen", "Spring", "--contact", "nobody")
        #expect(unknown.status == 1 && unknown.errors.contains("nobody"))
        try await setting.change("delete", "Spring", "--yes")
        for arguments in [
            ["reopen", "Spring", "--contact", "c1"], ["expire", "Spring", "--at", "90d"], ["test-link", "Spring"],
        ] {
            let refused = try await setting.place.run(arguments)
            #expect(refused.status == 1 && refused.errors.contains("deleted"), "\(refused)")
        }
        #expect(try await setting.outcomes(of: "c1") == ["link_deleted", "link_deleted"])
        await setting.end()
    }

    @Test func `what could not be published is said until it is`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        #expect(try await !place.run("distributions").errors.contains("not published"))
        let root = try #require(try place.files().first { $0.contains("root-") && !$0.contains(".pub") })
        try FileManager.default.moveItem(atPath: place.path(root), toPath: place.path("root.pem"))
        let revoked = try await place.run("revoke", "NPS", "--contact", "C1")
        #expect(revoked.status == 0 && revoked.errors.contains("linkseal publish"))
        #expect(try await place.run("distributions").errors.contains("changes since bundle 2 are not published"))
        try await place.succeed("publish", "--root-key", "root.pem")
        #expect(try await !place.run("distributions", "NPS").errors.contains("not published"))
    }

    @Test func `who is reopened or gets a new link in the middle of a response is named`() async throws {
        let setting = try await Setting()
        #expect(try await setting.edges[0].start(setting.tokens["c1"]!).outcome == "started")
        let logs = ["--log", "one.log", "--log", "two.log"]
        let reopened = try await setting.place.run(["reopen", "Spring", "--contact", "c1", "--contact", "c2"] + logs)
        #expect(reopened.errors.contains("c1 has started and not finished"), "\(reopened)")
        #expect(reopened.errors.contains("c2 has not used their link"), "\(reopened)")
        #expect(try await setting.edges[0].start(setting.tokens["c3"]!).outcome == "started")
        let made = try await setting.place.run(
            ["regenerate", "Spring", "--contact", "c3", "--out", "new.csv", "--yes"] + logs)
        #expect(made.status == 0 && made.errors.contains("linkseal reopen"), "\(made)")
        await setting.end()
    }
}
