import Foundation
import TestSupport
import Testing

@Suite struct InitTests {
    /// What a run has made that was killed: the directories alone, those and the keys, or all but the bundle.
    @Test(arguments: ["keys consumption.log bundle.json", "consumption.log bundle.json", "bundle.json"])
    func `what an init that was cut short has made stays, and the rest is added`(names: String) async throws {
        let missing = names.split(separator: " ").map(String.init)
        let place = try await ProgramWorkspace()
        let root = try place.read("keys/root.pub.pem")
        for name in missing {
            try FileManager.default.removeItem(atPath: place.path(name == "keys" ? name : "linkseal-data/\(name)"))
        }
        try await place.succeed("init")
        #expect(try place.read("keys/root.pub.pem") == root || missing.contains("keys"))
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv").status == 0)
        let again = try await place.run("init")
        #expect(again.status == 1 && again.errors.contains("already"), "\(again)")
    }

    @Test func `keys without their workspace are not taken for a new one`() async throws {
        let place = try await ProgramWorkspace()
        try FileManager.default.removeItem(atPath: place.path("linkseal-data"))
        let outcome = try await place.run("init")
        #expect(outcome.status == 1 && outcome.errors.contains("keyring"), "\(outcome)")
        #expect(!FileManager.default.fileExists(atPath: place.path("linkseal-data")))
    }

    @Test func `keys that are in use are not taken for a workspace that lost its data`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv").status == 0)
        try FileManager.default.removeItem(atPath: place.path("linkseal-data"))
        try FileManager.default.createDirectory(
            atPath: place.path("linkseal-data"), withIntermediateDirectories: false)
        let before = try place.read("keys/keyring.json")
        let outcome = try await place.run("init")
        #expect(outcome.status == 1 && outcome.errors.contains("keyring"), "\(outcome)")
        #expect(try place.read("keys/keyring.json") == before)
        #expect(try place.files().filter { $0.hasPrefix("linkseal-data/") } == [])
    }
}
