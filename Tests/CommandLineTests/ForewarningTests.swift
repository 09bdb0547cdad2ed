import Foundation
import TestSupport
import Testing

/// What `generate` and `download` say before anything is sent.
@Suite struct ForewarningTests {
    private static let people = """
        id,email,Language,Plan
        C1,a@example.com,de,gold
        C2,b@example.com,fr,silver
        C3,c@example.com,,gold

        """

    private static func place() async throws -> ProgramWorkspace {
        let place = try await ProgramWorkspace()
        try place.write(people, to: "p.csv")
        return place
    }

    private static func links(_ place: ProgramWorkspace, _ name: String = "links.csv") throws -> [String] {
        try place.read(name).split(separator: "\r\n").dropFirst().map {
            String($0.split(separator: ",", omittingEmptySubsequences: false)[6])
        }
    }

    private static func generate(
        _ place: ProgramWorkspace, base: String, survey: String = ProgramWorkspace.surveyURL, _ more: [String] = []
    ) async throws -> ProgramWorkspace.Outcome {
        try await place.run(
            [
                "generate", "--contacts", "p.csv", "--name", "NPS", "--survey-url", survey, "--base-url", base, "--out",
                "links.csv",
            ] + more)
    }

    @Test func `an edge is asked whether it opens the links, and nothing is used up`() async throws {
        let place = try await Self.place()
        let server = try await Server(place)
        func generate(_ base: String, _ more: [String] = ["--check-edge"]) async throws -> ProgramWorkspace.Outcome {
            try? FileManager.default.removeItem(atPath: place.path("links.csv"))
            return try await Self.generate(place, base: base, more)
        }
        for base in ["/", "/L/", "//l/", "/x"] {
            let outcome = try await generate(server.url + base)
            #expect(outcome.status == 1 && outcome.errors.contains(server.url + "/l/"), "\(outcome)")
        }
        #expect(try await place.json("distributions", as: [[String: JSONValue]].self).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: place.path("links.csv")))

        let good = try await generate(server.url + "/l/")
        #expect(good.status == 0 && good.errors.isEmpty, "\(good)")
        let elsewhere = try await generate("https://links.example/l/", ["--check-edge", server.url])
        #expect(elsewhere.status == 0, "\(elsewhere)")
        let wrongPath = try await generate("https://links.example/", ["--check-edge", server.url])
        #expect(wrongPath.status == 1, "\(wrongPath)")

        // An edge of another workspace knows none of these links.
        let other = try await Self.place()
        let foreign = try await Self.generate(other, base: server.url + "/l/", ["--check-edge"])
        #expect(foreign.status == 1 && foreign.errors.contains("linkseal publish"), "\(foreign)")
        await server.terminate()
        let gone = try await generate(server.url + "/l/")
        #expect(gone.status == 1 && gone.errors.contains("can't be reached"), "\(gone)")
        let log = try await place.json("log", "check", as: [String: JSONValue].self)
        #expect(log["events"]?.number == 0, "\(log)")
    }

    @Test func `a server that is no edge does not pass for one`() async throws {
        let place = try await Self.place()
        for status in ["200 OK", "410 Gone", "404 Not Found", "302 Found\r\nLocation: https://elsewhere.example/l/x"] {
            let server = try AnsweringServer(status)
            let outcome = try await Self.generate(place, base: server.url + "/l/", ["--check-edge"])
            #expect(outcome.status == 1 && outcome.errors.contains("no links were made"), "\(status): \(outcome)")
            if status.hasPrefix("302") { #expect(outcome.errors.contains("https://elsewhere.example/l/;")) }
            #expect(!outcome.errors.contains("/l/L"), "a token is in the message")
        }
    }

    @Test func `what is doubtful is told, with what to do, before links are made`() async throws {
        let place = try await Self.place()
        let first = try await Self.generate(place, base: "https://links.example", survey: "https://survey.example/s")
        #expect(first.status == 0)
        #expect(first.errors.contains("--base-url https://links.example/l/"), "\(first.errors)")
        #expect(first.errors.contains("neither {session} nor {contact_id}"), "\(first.errors)")
        let second = try await Self.generate(place, base: ProgramWorkspace.baseURL)
        #expect(second.status == 0 && second.output.contains("\"NPS (2)\""), "\(second)")
        #expect(second.errors.contains("\"NPS\" already") && second.errors.contains("\"NPS (2)\""), "\(second.errors)")
        for name in ["NPS", "NPS (2)"] { try await place.succeed("distributions", name) }

        // Also when no links are made after all.
        let none = try await Self.generate(
            place, base: ProgramWorkspace.baseURL, survey: "https://survey.example/s", ["--contact", "nobody"])
        #expect(none.status == 1 && none.errors.contains("neither {session} nor {contact_id}"), "\(none.errors)")
    }

    @Test func `a reminder carries the links that people have, and another distribution of theirs says so`()
        async throws
    {
        let place = try await Self.place()
        #expect(try await Self.generate(place, base: ProgramWorkspace.baseURL).status == 0)
        try await place.succeed("reminder", "NPS", "--out", "reminder.csv")
        #expect(try Self.links(place, "reminder.csv") == Self.links(place))

        let again = try await place.run(
            "generate", "--from", "NPS", "--only-status", "Email Not Sent", "--name", "Again", "--survey-url",
            ProgramWorkspace.surveyURL, "--base-url", ProgramWorkspace.baseURL, "--out", "again.csv")
        #expect(again.status == 0)
        #expect(again.errors.contains("\"NPS\" still work") && again.errors.contains("linkseal reminder"), "\(again)")
        #expect(again.errors.contains("linkseal delete"), "\(again.errors)")
        #expect(try Set(Self.links(place, "again.csv")).isDisjoint(with: Self.links(place)))
        try await place.succeed("delete", "NPS", "--yes")
        let later = try await place.run(
            "generate", "--from", "NPS", "--name", "Later", "--survey-url", ProgramWorkspace.surveyURL, "--base-url",
            ProgramWorkspace.baseURL, "--out", "later.csv")
        #expect(later.status == 0 && later.errors.isEmpty, "\(later)")
    }

    @Test func `pages are in the contact's language when it travels in the link`() async throws {
        let place = try await Self.place()
        let server = try await Server(place)
        let outcome = try await Self.generate(
            place, base: server.url + "/l/", survey: "https://survey.example/s?r={session}&lang={language}",
            ["--in-link", "language"])
        #expect(outcome.status == 0 && outcome.errors.contains("1 contact has no \"language\""), "\(outcome)")
        try await server.waitForBundle(2)
        for (link, language) in zip(try Self.links(place), ["de", "fr", "en"]) {
            let page = try await ChildProcess.output(of: "curl", ["-s", link])
            #expect(page.contains("<html lang=\"\(language)\""), "\(language)")
            let start = try await ChildProcess.output(
                of: "curl", ["-s", "-o", "/dev/null", "-w", "%{redirect_url}", "-X", "POST", link])
            #expect(start.hasSuffix("&lang=" + (language == "en" ? "" : language)), "\(start)")
        }
        await server.terminate()
    }

    @Test(arguments: [
        (["--in-link", "utm_source"], "utm_source"), (["--in-link", "Session"], "Session"),
        (["--in-link", "contact_id"], "{contact_id}"), (["--in-link", "plan"], "Plan"),
        (["--out", "links.ods"], ".csv"), (["--out", "linkseal-data/bundle.json"], "linkseal-data"),
        (["--out", "keys/links.csv"], "keys"), (["--out", "open/links.csv"], "open/links.csv is a symbolic link"),
    ])
    func `what would break on the way is refused, and nothing is written`(more: [String], message: String) async throws
    {
        let place = try await Self.place()
        try FileManager.default.createDirectory(atPath: place.path("open"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: place.path("open/links.csv"), withDestinationPath: "../precious")
        chmod(place.path("open"), 0o1777)
        let before = try place.files()
        let bundle = try place.read("linkseal-data/bundle.json")
        // The last of two options counts.
        let outcome = try await Self.generate(place, base: ProgramWorkspace.baseURL, more)
        #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome)")
        #expect(try place.files().subtracting(["linkseal-data/lock"]) == before)
        #expect(try place.read("linkseal-data/bundle.json") == bundle)
    }

    @Test func `links that a field of Marketo would cut off are told before they are written into it`() async throws {
        let place = try await ProgramWorkspace()
        let rows = [1, 300, 400].map { "\($0)@example.com,\($0),\(String(repeating: "x", count: $0))\n" }.joined()
        try place.write("email,External Data Reference,Text\n" + rows, to: "p.csv")
        #expect(try await Self.generate(place, base: ProgramWorkspace.baseURL, ["--in-link", "Text"]).status == 0)
        let longest = try Self.links(place).map(\.count).max() ?? 0
        let outcome = try await place.run(
            "contacts", "marketo", "write-links", "NPS", "--field", "surveyLink")
        #expect(outcome.status == 0 && outcome.output.contains("3 links are ready"), "\(outcome)")
        #expect(outcome.errors.contains("2 links are longer than 255 characters; the longest has \(longest)"))
        let merge = try await place.run("download", "NPS", "--for", "word", "--out", "word.csv")
        #expect(merge.status == 0 && merge.errors.contains("2 links are longer than 255 characters"), "\(merge)")
    }

    @Test func `every command that writes a spreadsheet refuses the same files`() async throws {
        let place = try await Self.place()
        #expect(try await Self.generate(place, base: ProgramWorkspace.baseURL).status == 0)
        try await place.succeed("contacts", "import", "p.csv", "--name", "People")
        try place.write("contact id,answer\nC1,fine\n", to: "responses.csv")
        for path in ["x.ods", "keys/x.csv", "linkseal-data/consumption.log"] {
            for arguments in [
                ["download", "NPS"], ["regenerate", "NPS", "--yes"], ["contacts", "export", "People"],
                ["results", "join", "responses.csv", "--by", "contact"],
            ] {
                let outcome = try await place.run(arguments + ["--out", path])
                #expect(outcome.status == 1 && outcome.errors.contains("was not written"), "\(arguments): \(outcome)")
            }
        }
        try await place.succeed("log", "check")
    }
}

/// Answers every request with the same status, whatever it asks for.
private final class AnsweringServer: Sendable {
    let url: String
    private let descriptor: Int32

    init(_ status: String) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { (pointer) in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isListening)
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let answer = Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        Thread.detachNewThread {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                var request = [UInt8](repeating: 0, count: 4096)
                _ = recv(connection, &request, request.count, 0)
                _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(connection)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
