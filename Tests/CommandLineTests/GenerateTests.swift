import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing

@Suite struct GenerateTests {
    @Test func `ten thousand contacts get ten thousand links that differ and verify`() async throws {
        let place = try await ProgramWorkspace()
        let rows = (0..<10_000).map { "p\($0)@example.com,Ann \($0),Ö\($0),plan \($0 % 3)" }
        try place.write("E-Mail,First Name,LAST_NAME,Plan\r\n" + rows.joined(separator: "\r\n"), to: "people.csv")
        let outcome = try await place.generate("people.csv")
        #expect(outcome.status == 0, "\(outcome.errors)")

        let lines = try place.read("links.csv").split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(
            lines[0].joined(separator: ",")
                == "Contact ID,First Name,Last Name,Email,External Data Reference,Status,Link,Link Expiration,Plan")
        #expect(lines.count == 10_001)
        let links = lines.dropFirst().map { String($0[6]) }
        #expect(Set(links).count == 10_000)

        let keyring = try await place.json("keys", "list", as: [[String: JSONValue]].self)
        let id = try #require(keyring[0]["id"]?.string)
        let key = try PublicKey(pem: Array(place.read("keys/\(id).pub.pem").utf8).span)
        for (row, link) in links.enumerated() {
            #expect(link.hasPrefix(ProgramWorkspace.baseURL))
            let token = try Token(parsing: link.dropFirst(ProgramWorkspace.baseURL.count))
            let verified = try token.verify(against: OneKey(key: key), at: UnixTime(rawValue: 1_700_000_000))
            #expect(verified.nonce.serial.rawValue == UInt32(row))
            #expect(verified.claims.contactID.text == lines[row + 1][0])
        }
    }

    @Test func `downloading again gives the same links and the same values`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email,plan\n1,a@example.com,pro\n2,b@example.com,\"x, y\"\n3,c@example.com,\n", to: "p.csv")
        #expect(try await place.generate("p.csv").status == 0)
        let columns = "Contact ID,First Name,Last Name,Email,External Data Reference,Status,Link,Link Expiration,plan"
        try await place.succeed("download", "NPS", "--out", "again.csv", "--columns", columns)
        #expect(try place.read("again.csv") == place.read("links.csv"))
        try await place.succeed("download", "NPS", "--out", "third.csv")
        try await place.succeed("download", "NPS", "--out", "fourth.csv")
        #expect(try place.read("third.csv") == place.read("fourth.csv"))
    }

    @Test func `links of an encrypted key are downloaded again with its passphrase`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("correct horse\n", to: "passphrase")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path("passphrase"))
        try await place.succeed("keys", "make", "--passphrase-file", "passphrase")
        try await place.succeed("publish")
        try await place.succeed("keys", "rotate", "--settling", "0s", "--passphrase-file", "passphrase")
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let generated = try await place.generate("p.csv", more: ["--passphrase-file", "passphrase"])
        #expect(generated.status == 0, "\(generated)")
        let locked = try await place.run("download", "NPS", "--out", "again.csv")
        #expect(locked.status == 1 && locked.errors.contains("--passphrase-file"), "\(locked)")
        try await place.succeed("download", "NPS", "--out", "again.csv", "--passphrase-file", "passphrase")
        let links = try ["links.csv", "again.csv"].map { (name) in
            try #require(place.read(name).firstMatch(of: /https:\/\/links[^,"]*/)).output
        }
        #expect(links[0] == links[1])
    }

    @Test func `a sample is repeated by its seed`() async throws {
        let place = try await ProgramWorkspace()
        let rows = (0..<100).map { "C\($0),c\($0)@example.com" }
        try place.write("id,email\n" + rows.joined(separator: "\n"), to: "p.csv")
        func sample(_ seed: String, _ out: String) async throws -> [Substring] {
            let outcome = try await place.generate("p.csv", out: out, more: ["--sample", "10", "--seed", seed])
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try place.read(out).split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != "," } }
        }
        let first = try await sample("7", "a.csv")
        #expect(first.count == 10 && Set(first).count == 10)
        #expect(try await sample("7", "b.csv") == first)
        #expect(try await sample("8", "c.csv") != first)
    }

    @Test func `contacts are chosen by the values of their fields`() async throws {
        let place = try await ProgramWorkspace()
        try place.write(
            "id,email,Plan,Land\nC1,a@example.com,Gold,DE\nC2,b@example.com,silver,DE\nC3,c@example.com,gold ,FR\n",
            to: "p.csv")
        for (conditions, expected) in [
            (["Plan=gold"], ["C1", "C3"]), (["Plan=gold", "Land=de"], ["C1"]),
            (["Plan=gold", "Plan=silver", "Land=DE"], ["C1", "C2"]), (["email=B@example.com"], ["C2"]),
        ] {
            let outcome = try await place.generate(
                "p.csv", out: "-", more: conditions.flatMap { ["--where", $0] })
            #expect(outcome.status == 0, "\(outcome.errors)")
            let rows = outcome.output.split(separator: "\r\n").dropFirst()
            #expect(rows.map { $0.prefix(2) } == expected.map { $0[...] }, "\(conditions)")
        }
        let unknown = try await place.generate("p.csv", out: "x.csv", more: ["--where", "Region=north"])
        #expect(unknown.status == 1 && unknown.errors.contains("Plan, Land"), "\(unknown.errors)")
        let nobody = try await place.generate("p.csv", out: "x.csv", more: ["--where", "Plan=bronze"])
        #expect(nobody.status == 1 && nobody.errors.contains("none of its 3 contacts"), "\(nobody.errors)")
        let wrong = try await place.generate("p.csv", out: "x.csv", more: ["--where", "Plan"])
        #expect(wrong.status == 64, "\(wrong.errors)")
    }

    @Test func `one contact is chosen by ID, and - is standard output`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\nC1,a@example.com\nC2,b@example.com\n", to: "p.csv")
        let outcome = try await place.generate("p.csv", out: "-", more: ["--contact", "C2"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\r\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("C2,"))
    }

    @Test func `verify tells a good link, a changed one and an expired one`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email,plan\nC1,a@example.com,pro\n", to: "p.csv")
        #expect(try await place.generate("p.csv", more: ["--in-link", "plan"]).status == 0)
        let link = try String(
            #require(place.read("links.csv").split(separator: "\r\n").last)
                .split(separator: ",", omittingEmptySubsequences: false)[6])
        #expect(link.contains("?plan=pro"))
        let good = try await place.run("verify", "-", input: link + "\n")
        #expect(good.status == 0 && good.output.contains("The link is valid."), "\(good)")
        let richer = try await place.run("verify", link.replacing("plan=pro", with: "plan=free"))
        #expect(richer.status == 1 && richer.output.contains("embedded_data_mismatch"))
        let cut = try await place.run("verify", String(link.prefix { $0 != "?" }.dropLast(2)))
        #expect(cut.status == 1)
        let late = try await place.run("verify", link, "--at", "2100-01-01")
        #expect(late.status == 1 && late.output.contains("link_expired"))
        let verdict = try await place.json("verify", link, as: [String: JSONValue].self)
        #expect(verdict["verdict"]?.string == "valid" && verdict["contactID"]?.string == "C1")
    }

    @Test func `verify takes a link as it was copied, and as link protection wraps it`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email,plan\nC1,a@example.com,gold plus\n", to: "p.csv")
        #expect(try await place.generate("p.csv", more: ["--in-link", "plan"]).status == 0)
        let link = try String(
            #require(place.read("links.csv").split(separator: "\r\n").last)
                .split(separator: ",", omittingEmptySubsequences: false)[6])
        let encoded = link.replacing("%", with: "%25").replacing(":", with: "%3A").replacing("/", with: "%2F")
            .replacing("?", with: "%3F").replacing("=", with: "%3D")
        let copied = [
            "<\(link)>", "\"\(link)\"", link + ".", link + "/", " \(link)\u{200B}", "Open \(link), please.",
            link.replacing("%20", with: "+"), "https://protect.example/?url=\(encoded)&data=05",
        ]
        for text in copied {
            let outcome = try await place.run("verify", text)
            #expect(outcome.status == 0 && outcome.output.contains("The link is valid."), "\(text): \(outcome)")
        }
        let broken = link.prefix(70) + "=\r\n" + link.dropFirst(70)
        #expect(try await place.run("verify", "-", input: broken + "\r\n").status == 0)
    }
}

struct OneKey: LinkTrust {
    let key: PublicKey
    func key(_ id: KeyID) -> KeyTrust { id == key.id ? .verifying(key) : .unknown }
    func changes(of distribution: DistributionID) -> DistributionChanges { .none }
}
