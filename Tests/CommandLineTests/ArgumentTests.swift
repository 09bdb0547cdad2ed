import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

/// What the words after a command mean.
@Suite struct ArgumentTests {
    @Test func `a link is verified at a time from now on, or at a moment that may be past`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv", more: ["--expires", "60d"]).status == 0)
        let row = try #require(try place.read("links.csv").split(separator: "\r\n").last)
        let link = try #require(
            row.split(separator: ",").map(String.init).first { $0.hasPrefix(ProgramWorkspace.baseURL) })
        for (time, verdict) in [
            ("90d", "link_expired"), ("1441h", "link_expired"), ("59d", "valid"), ("1439h", "valid"),
            ("2020-01-31", "valid"), ("2100-01-31T18:00:00+01:00", "link_expired"),
        ] {
            let outcome = try await place.run("verify", link, "--at", time, "--json")
            #expect(outcome.output.contains("\"verdict\" : \"\(verdict)\""), "\(time): \(outcome)")
            #expect(outcome.status == (verdict == "valid" ? 0 : 1), "\(time)")
        }
        // As many days after 1970 would be a time that can be said.
        let late = try await place.run("verify", link, "--at", "40000d")
        #expect(late.status == 1 && late.errors.contains("40000d"), "\(late)")
    }

    @Test func `a contact that is called nothing is refused as wrong usage`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,\n2,b@example.com\n", to: "p.csv")
        let before = try place.files()
        for more in [["--contact", ""], ["--contact="], ["--contact", "2", "--contact", ""]] {
            let outcome = try await place.generate("p.csv", more: more)
            #expect(outcome.status == 64 && outcome.errors.contains("--contact"), "\(outcome)")
        }
        #expect(try place.files() == before)
    }

    @Test func `a passphrase that no key could be opened with makes none`() async throws {
        let place = try await ProgramWorkspace()
        let (longest, longer) = (String(repeating: "a", count: 1024), String(repeating: "a", count: 1025))
        let before = try place.files()
        try place.write(longer, to: "passphrase")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path("passphrase"))
        for (way, value) in [("--passphrase-fd", "0"), ("--passphrase-file", "passphrase")] {
            let outcome = try await place.run("keys", "make", way, value, input: longer)
            #expect(outcome.status == 1 && outcome.errors.contains("1024 bytes"), "\(outcome)")
        }
        #expect(try place.files().subtracting(["passphrase"]) == before)
        try await place.succeed("keys", "make", "--passphrase-fd", "0", input: longest)
        try await place.succeed("publish")
        try await place.succeed(
            "keys", "rotate", "--settling", "0s", "--passphrase-fd", "0", input: longest)
    }

    @Test(arguments: [
        ["keys", "rotate", "--minimum-age", "never"], ["keys", "rotate", "--settling", "always"],
        ["keys", "rotate", "--minimum-age", "90"], ["keys", "rotate", "--settling", "-1s"],
        ["publish", "--validity", "never"], ["publish", "--validity", "0d"],
        ["serve", "--poll-interval", "always"], ["serve", "--poll-interval", "0s"],
    ])
    func `a length of time is a number and a unit, and nothing is done for another`(arguments: [String]) async throws {
        let place = try await ProgramWorkspace()
        for _ in 0..<2 { try await place.succeed("keys", "rotate") }
        try await place.succeed("publish")
        let before = try place.read("keys/keyring.json")
        let outcome = try await place.run(arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(arguments.dropLast().last ?? ""), "\(outcome)")
        #expect(try place.read("keys/keyring.json") == before)
    }

    @Test func `an age beyond what a clock shows is never reached`() async throws {
        let place = try await ProgramWorkspace()
        try await place.succeed("keys", "rotate")
        try await place.succeed("publish")
        let rotation = try await place.json(
            "keys", "rotate", "--minimum-age", "999999d", "--settling", "0s", as: [String: JSONValue].self)
        #expect(rotation["outcome"]?.string == "not_due")
    }

    @Test func `the program says which one it is`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        let outcome = try await place.run("--version")
        #expect(outcome.status == 0)
        let version = /linkseal [0-9]+\.[0-9]+\.[0-9]+(-dev)? \(commit ([0-9a-f]+|unknown)(, with [A-Za-z, ]+)?\)\n/
        #expect(outcome.output.wholeMatch(of: version) != nil, "\(outcome)")
    }

    @Test func `a bundle from the future is replaced by force alone`() async throws {
        let place = try await ProgramWorkspace()
        var keyring = try Keyring(opening: place.path("keys"))
        let later = UnixTime(rawValue: UInt32(Date.now.timeIntervalSince1970)).adding(seconds: 86400)
        _ = try keyring.publish(
            [], to: place.path("linkseal-data/bundle.json"), signedBy: keyring.rootPrivateKey(), above: 10, at: later)
        let refused = try await place.run("publish")
        #expect(refused.status == 1 && refused.errors.contains("--force"), "\(refused)")
        #expect(refused.errors.contains(later.description))
        let forced = try await place.json("publish", "--force", as: [String: JSONValue].self)
        #expect(forced["sequence"]?.number == 12)
        try await place.succeed("publish")
    }

    @Test(arguments: ["-", "/dev/stdout"])
    func `a spreadsheet on standard output is nothing but that`(out: String) async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv").status == 0)
        for outcome in [
            try await place.generate("p.csv", name: "second", out: out),
            try await place.run("download", "NPS", "--out", out),
            try await place.run("regenerate", "NPS", "--yes", "--out", out),
        ] {
            let lines = outcome.output.split(separator: "\r\n")
            #expect(
                outcome.status == 0 && lines.count == 2 && lines[1].contains(ProgramWorkspace.baseURL), "\(outcome)")
        }
    }
}
