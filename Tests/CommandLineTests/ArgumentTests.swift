import Foundation
import Testing

/// What the words after a command mean.
@Suite struct ArgumentTests {
    @Test func `a link is verified at a time from now on, or at a moment that may be past`() async throws {
        let place = try await Place()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv", more: ["--expires", "60d"]).status == 0)
        let row = try #require(try place.read("links.csv").split(separator: "\r\n").last)
        let link = try #require(row.split(separator: ",").map(String.init).first { $0.hasPrefix(Place.baseURL) })
        for (time, verdict) in [
            ("90d", "link_expired"), ("1441h", "link_expired"), ("59d", "valid"), ("1439h", "valid"),
            ("2020-01-31", "valid"), ("2100-01-31T18:00:00+01:00", "link_expired"),
        ] {
            let outcome = try await place.command.run("verify", link, "--at", time, "--json")
            #expect(outcome.output.contains("\"verdict\" : \"\(verdict)\""), "\(time): \(outcome)")
            #expect(outcome.status == (verdict == "valid" ? 0 : 1), "\(time)")
        }
        // As many days after 1970 would be a time that can be said.
        let late = try await place.command.run("verify", link, "--at", "40000d")
        #expect(late.status == 1 && late.errors.contains("40000d"), "\(late)")
    }

    @Test func `a contact that is called nothing is refused as wrong usage`() async throws {
        let place = try await Place()
        try place.write("id,email\n1,\n2,b@example.com\n", to: "p.csv")
        let before = try place.files()
        for more in [["--contact", ""], ["--contact="], ["--contact", "2", "--contact", ""]] {
            let outcome = try await place.generate("p.csv", more: more)
            #expect(outcome.status == 64 && outcome.errors.contains("--contact"), "\(outcome)")
        }
        #expect(try place.files() == before)
    }
}
