import Foundation
import TestSupport
import Testing

/// A workspace whose private keys have a passphrase from the start.
@Suite struct EncryptedKeyTests {
    static let passphrase = ["--passphrase-file", "passphrase"]

    static func place() async throws -> ProgramWorkspace {
        let place = try await ProgramWorkspace(initialized: false)
        try place.write("correct horse\n", to: "passphrase")
        chmod(place.path("passphrase"), 0o600)
        #expect(try await place.run(["init"] + passphrase).status == 0)
        return place
    }

    @Test func `init encrypts the keys that it makes`() async throws {
        let place = try await Self.place()
        let files = try place.files().filter {
            $0.hasPrefix("keys/") && $0.hasSuffix(".pem") && !$0.hasSuffix(".pub.pem")
        }
        #expect(files.count == 2)
        for file in files {
            #expect(try place.read(file).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "\(file)")
        }
        let refused = try await place.run("publish")
        #expect(refused.status == 1 && refused.errors.contains("passphrase"), "\(refused)")
    }

    @Test func `an init that was cut short is completed with the passphrase of its keys`() async throws {
        let place = try await Self.place()
        try FileManager.default.removeItem(atPath: place.path("linkseal-data/bundle.json"))
        #expect(try await place.run("init").status == 1)
        #expect(try await place.run(["init"] + Self.passphrase).status == 0)
        #expect(try await place.run("bundle", "verify").status == 0)
    }

    @Test func `whoever gives the passphrase has published, and others are told that they have not`() async throws {
        let place = try await Self.place()
        try place.write("id,email\n1,a@example.com\n2,b@example.com\n3,c@example.com\n", to: "p.csv")
        func sequence(_ outcome: ProgramWorkspace.Outcome) throws -> Double? {
            try #require(outcome.status == 0, "\(outcome)")
            return try JSONDecoder().decode([String: JSONValue].self, from: Data(outcome.output.utf8))["sequence"]?
                .number
        }
        #expect(try await place.generate("p.csv", more: Self.passphrase).errors.isEmpty)
        #expect(try await place.json("bundle", "show", as: [String: JSONValue].self)["sequence"]?.number == 2)

        let silent = try await place.run("revoke", "NPS", "--contact", "1", "--json")
        #expect(try sequence(silent) == nil && silent.errors.contains("linkseal publish"), "\(silent)")
        for (number, command) in [
            ["revoke", "NPS", "--contact", "2"], ["expire", "NPS", "--at", "12h"],
            ["contacts", "erase", "--contact", "3", "--yes"], ["regenerate", "NPS", "--out", "new.csv", "--yes"],
            ["delete", "NPS", "--yes"],
        ].enumerated() {
            let outcome = try await place.run(command + Self.passphrase + ["--json"])
            #expect(try sequence(outcome) == Double(3 + number) && outcome.errors.isEmpty, "\(outcome)")
        }
    }
}
