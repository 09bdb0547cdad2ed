import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

/// Fields that travel in links, and what no link can carry.
@Suite struct InLinkFieldTests {
    let test = try! TestWorkspace()

    /// The parameters of a link, as a browser reads them.
    private func parameters(_ link: String?) throws -> [String: String] {
        let link = try #require(link)
        let items = try #require(URLComponents(string: link)?.queryItems)
        return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    private func generate(_ csv: String, inLink: [String], template: String? = nil) async throws
        -> (distribution: Distribution, report: GenerateReport)
    {
        let file = try test.directory.write(csv, to: "people.csv")
        let template = template ?? "https://s.example/?r={session}"
        return try await test.distributions.generate(
            test.request(.file(ContactFile(file)), template: template, inLink: inLink), key: test.key, at: test.now)
    }

    @Test(
        "a contact's own fields travel under the name that they are asked for by",
        arguments: [
            ("language", "de"), ("Language", "de"), ("lang", "de"), ("email", "a@x.example"), ("E-Mail", "a@x.example"),
            ("first_name", "Ada"), ("First Name", "Ada"), ("surname", "Lovelace"), ("external_data_reference", "X1"),
            ("Contact ID", "c1"), ("recipient_id", "c1"), ("Plan", "gold"),
        ])
    func contactFields(name: String, value: String) async throws {
        let csv = """
            Contact ID,First Name,Last Name,E-Mail,Ext Ref,Language,Plan
            c1,Ada,Lovelace,a@x.example,X1,de,gold
            c2,Grace,Hopper,b@x.example,X2,fr,silver

            """
        let (distribution, report) = try await generate(
            csv, inLink: [name], template: "https://s.example/?r={session}&v={\(name)}")
        #expect(report.warnings.isEmpty)
        let link = try #require(try test.rows()[0]["Link"])
        #expect(try parameters(link) == [name: value])
        let verified = try Token(parsing: token(in: link)!).verify(
            against: TestTrust(known: test.key.publicKey, distribution: distribution), at: test.now)
        #expect(throws: Never.self) { try verified.check(EmbeddedData([(name: name, value: value)]), salt: .inLink) }

        _ = try await test.distributions.download(
            distribution.id, key: test.key, output: test.directory.path("again.csv"), at: test.now)
        #expect(try test.rows("again.csv").map { $0["Link"] } == test.rows().map { $0["Link"] })

        // What the response says of it is held against the contact.
        let join = ResultsJoin(
            responses: try test.directory.write("link,\(name)\n\(link),\(value)\n\(link),x\n", to: "responses.csv"),
            by: .link, output: test.directory.path("joined.csv"))
        let joined = try test.distributions.joinResults(
            join, of: [distribution], keys: [PublishedKey(key: test.key.publicKey, state: .signing)],
            at: test.now)
        #expect(joined.counts == [.contact(.matched): 1, .none(.embeddedDataMismatch): 1])
    }

    @Test("what every survey URL has already, and what trackers add, is refused in any case")
    func reservedNames() async throws {
        for name in ["session", "Serial", "DISTRIBUTION", "contact_id", "Contact_ID"] {
            #expect(throws: DistributionsError.inLinkField(name, .builtIn(name.lowercased()))) {
                try EmbeddedDataMode.inLink(fields: ["Plan", name]).checkNames()
            }
        }
        for name in [
            "utm_source", "UTM_Campaign", "utm_anything", "fbclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid",
            "mc_cid", "MC_EID", "mkt_tok", "_hsenc", "_hsmi", "__s", "vero_id", "oly_enc_id", "oly_anon_id", "igshid",
            "yclid", "twclid", "ttclid", "_ga", "_gl", "ref", "spm", "elqTrackId", "hsCtaTracking", "wickedid",
        ] {
            #expect(throws: DistributionsError.inLinkField(name, .tracking)) {
                try EmbeddedDataMode.inLink(fields: [name]).checkNames()
            }
        }
        let good = ["language", "Plan", "sessions", "serial number", "Contact ID", "region", "reference", "utmost"]
        #expect(throws: Never.self) { try EmbeddedDataMode.inLink(fields: good).checkNames() }

        await #expect(throws: DistributionsError.inLinkField("gclid", .tracking)) {
            try await generate("id,gclid\n1,x\n", inLink: ["gclid"])
        }
        #expect(try test.distributions.all().isEmpty && !test.directory.names.contains("links.csv"))
        // Sealed, it disturbs nobody.
        _ = try await generate("id,gclid\n1,x\n", inLink: [])
    }

    @Test("fields that a trust bundle can't name are refused before links are made")
    func bundleLimits() throws {
        #expect(throws: Never.self) {
            try EmbeddedDataMode.inLink(fields: (0..<64).map { "f\($0)" }).checkNames()
        }
        #expect(throws: DistributionsError.self) {
            try EmbeddedDataMode.inLink(fields: (0..<65).map { "f\($0)" }).checkNames()
        }
        let long = String(repeating: "ä", count: 129)
        #expect(throws: DistributionsError.inLinkField(long, .nameTooLong(byteCount: 258, limit: 256))) {
            try EmbeddedDataMode.inLink(fields: [long]).checkNames()
        }
        #expect(throws: DistributionsError.inLinkField("a", .twice)) {
            try EmbeddedDataMode.inLink(fields: ["a", "b", "a"]).checkNames()
        }
    }

    @Test("a field that may be meant otherwise, or that no contact has, is refused and not guessed")
    func doubtfulNames() async throws {
        // "Lang" is the weaker heading, so it is embedded data; "lang" may mean either.
        let csv = "id,Language,Lang\n1,de,fr\n"
        _ = try await generate(csv, inLink: ["Lang"])
        #expect(try parameters(test.rows()[0]["Link"]) == ["Lang": "fr"])
        _ = try await generate(csv, inLink: ["language"])
        #expect(try parameters(test.rows()[0]["Link"]) == ["language": "de"])
        await #expect(throws: DistributionsError.self) { try await generate(csv, inLink: ["lang"]) }
        for name in ["language", "email", "first_name"] {
            await #expect(throws: DistributionsError.inLinkField(name, .absent)) {
                try await generate("id,Plan\n1,x\n", inLink: [name])
            }
        }
        await #expect(throws: DistributionsError.inLinkField("language", .absent)) {
            try await test.distributions.generate(
                test.request(.dummies(3), inLink: ["language"]), key: test.key, at: test.now)
        }
    }

    @Test("how many contacts lack a field is told")
    func emptyFields() async throws {
        let (_, report) = try await generate(
            "id,Language,Plan\n1,de,\n2,,\n3,fr,gold\n", inLink: ["language", "Plan"])
        #expect(report.warnings == [.fieldEmpty("Plan", contacts: 2), .fieldEmpty("language", contacts: 1)])
        #expect(try !#require(test.rows()[1]["Link"]).contains("?"))
    }

    @Test("a link ends in a letter or a digit, whatever its last value ends in, and says the same")
    func endings() async throws {
        let values = [
            "Acme Inc.", "snake_", "dash-", "tilde~", "...", "~", "(c)", "why?", "done!", "a, b,", "\"quoted\"", "100%",
            "slash/", "back\\", "<b>", "naïve é", "日本語。", "emoji 😀", "50€", "a'", "x*", "[1]", "{2}", "semi;",
            "e\u{301}",
            "line\nbreak", "plain", "9",
        ]
        func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
        let csv = "id,First,Last\n" + values.enumerated().map { "\($0),\(quoted($1)),\(quoted($1))\n" }.joined()
        let (distribution, _) = try await generate(csv, inLink: ["First", "Last"])
        let trust = TestTrust(known: test.key.publicKey, distribution: distribution)
        for (value, row) in zip(values, try test.rows()) {
            let link = try #require(row["Link"])
            let last = try #require(link.unicodeScalars.last)
            #expect(last.isASCII && (last.properties.isAlphabetic || last.properties.numericType != nil), "\(link)")
            // Between the two values as well, where a line may break.
            #expect(!link.contains(/[.~_-]&/))
            #expect(
                try parameters(link).mapValues { Array($0.utf8) } == [
                    "First": Array(value.utf8), "Last": Array(value.utf8),
                ])
            let verified = try Token(parsing: token(in: link)!).verify(against: trust, at: test.now)
            let data = try EmbeddedData([(name: "First", value: value), (name: "Last", value: value)])
            #expect(throws: Never.self) { try verified.check(data, salt: .inLink) }
        }
    }

    @Test("a column of languages is in the spreadsheet where the contacts have them, and stays where others expect it")
    func languageColumn() async throws {
        func headings(_ name: String = "links.csv") throws -> [String] {
            let text = String(decoding: try test.directory.read(name), as: UTF8.self)
            return text.prefix { !$0.isNewline }.split(separator: ",").map(String.init)
        }
        let usual = [
            "Contact ID", "First Name", "Last Name", "Email", "External Data Reference", "Status", "Link",
            "Link Expiration",
        ]
        let with = try test.directory.write("id,Language,Plan\n1,de,x\n2,,x\n", to: "with.csv")
        let without = try test.directory.write("id,Language,Plan\n1,,x\n", to: "without.csv")
        _ = try test.workspace.contacts.importList(ContactFile(with), name: "With", at: test.now)
        _ = try test.workspace.contacts.importList(ContactFile(without), name: "Without", at: test.now)
        for (source, expected) in [
            (ContactSource.file(ContactFile(with)), ["Language"]), (.list("With"), ["Language"]),
            (.list("Without"), []),
        ] {
            let (made, _) = try await test.distributions.generate(test.request(source), key: test.key, at: test.now)
            #expect(try headings() == usual + expected + ["Plan"])
            _ = try await test.distributions.download(
                made.id, key: test.key, output: test.directory.path("again.csv"), at: test.now)
            #expect(
                try headings("again.csv")
                    == usual + ["Started At", "Started By", "Finished At"] + expected + ["Plan"])
            // The same people in another distribution.
            _ = try await test.distributions.generate(
                test.request(.distribution(made.id, nil)), key: test.key, at: test.now)
            #expect(try headings() == usual + expected + ["Plan"])
        }
        _ = try await test.distributions.generate(test.request(.dummies(2)), key: test.key, at: test.now)
        #expect(try headings() == usual)
    }
}
