import Cryptography
import Encoding
import Foundation
import TestSupport
import Testing

/// Each mistake has a message that says what to do, exit status 1, and leaves everything as it was.
@Suite struct BadInputTests {
    struct Mistake: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var contacts: [UInt8]?
        var surveyURL = ProgramWorkspace.surveyURL
        var more: [String] = []
        var message: [String]

        init(
            _ name: String, _ contacts: String? = "id,email\n1,a@example.com\n",
            surveyURL: String = ProgramWorkspace.surveyURL,
            more: [String] = [], message: String...
        ) {
            testDescription = name
            self.contacts = contacts.map { Array($0.utf8) }
            self.surveyURL = surveyURL
            self.more = more
            self.message = message
        }
    }

    static let mistakes: [Mistake] = {
        var invalid = Mistake("invalid UTF-8", "", message: "p.csv, line 3", "UTF-8")
        invalid.contacts = Array("id,email\n1,a@example.com\n2,b".utf8) + [0xC3, 0x28] + Array("@example.com\n".utf8)
        var legacy = Mistake(
            "Windows-1252", "", message: "p.csv, line 3, column 4: not UTF-8",
            "\n  --encoding windows-1252: 2,Jürgen@example.com\n", "\n  --encoding macintosh: ")
        legacy.contacts = Array("id,email\n1,a@example.com\n2,J".utf8) + [0xFC] + Array("rgen@example.com\n".utf8)
        return [
            legacy,
            Mistake("a workbook", "PK\u{3}\u{4}xl/workbook.xml", message: "Excel workbook", "CSV UTF-8"),
            Mistake("an unknown encoding's file", more: ["--encoding", "utf-16le"], message: "p.csv, line 1"),
            Mistake("a missing file", nil, message: "p.csv", "No such file"),
            Mistake("an empty file", "", message: "p.csv", "empty"),
            Mistake("headings alone", "id,email\n", message: "no contacts"),
            Mistake("neither e-mail nor ID", "name,plan\nx,y\n", message: "--map \"HEADING=email\"", "--delimiter"),
            Mistake(
                "no headings", "1,a@example.com\n2,b@example.com\n", message: "a@example.com",
                "--no-headings --map 1=id,2=email"),
            Mistake(
                "two columns of addresses", "Home,Work $1\na@example.com,b@example.com\n",
                message: "--map \"Home=email\""),
            Mistake(
                "a column by its heading where there are none", more: ["--no-headings", "--map", "email=email"],
                message: "--map \"email=email\"", "number of a column"),
            Mistake(
                "duplicate IDs", "id,email\n7,a@x.example\n8,b@x.example\n7,c@x.example\n", message: "line 4", "line 2"),
            Mistake(
                "several mistakes", "id,email\n7,a@x.example\n,\nx,b@x.example,more\n,\n7,c@x.example\n" + ",,x\n",
                message: "p.csv: 3 rows can't be imported\n", "\n  line 4: ", "\n  line 6: ", "\n  line 7: "),
            Mistake(
                "more mistakes than anybody reads",
                "id,email\n" + String(repeating: "7,a@x.example\n", count: 25), message: "24 rows",
                "\n  line 22: the contact ID \"7\" is in line 2 already", "\n  and 4 more\n"),
            invalid,
            Mistake(
                "a ragged row", "id,email\n1,a@x.example\n2,b@x.example,more\n", message: "line 3", "3 columns",
                "--delimiter"),
            Mistake("an open quote", "id,email\n1,\"a@x.example\n", message: "line 2", "quote"),
            Mistake("an expiry in the past", more: ["--expires", "2020-01-31"], message: "2020-01-31"),
            Mistake("an expiry that is no time", more: ["--expires", "soon"], message: "soon"),
            Mistake("a template without a scheme", surveyURL: "survey.example/s", message: "https://"),
            Mistake(
                "a template with an unknown field", surveyURL: "https://s.example/{name}", message: "{name}",
                "{contact_id}"),
            Mistake("a template with an open brace", surveyURL: "https://s.example/{session", message: "brace"),
            Mistake("a contact that is not there", more: ["--contact", "99"], message: "99"),
            Mistake("a field that is not there", more: ["--in-link", "plan"], message: "plan"),
            Mistake("an output that is a directory", more: ["--out", "keys"], message: "keys"),
        ]
    }()

    @Test(arguments: mistakes)
    func `a mistake is named, and nothing is written`(mistake: Mistake) async throws {
        let place = try await ProgramWorkspace()
        if let contacts = mistake.contacts { try Data(contacts).write(to: URL(filePath: place.path("p.csv"))) }
        let before = try place.files()
        let outcome = try await place.generate("p.csv", surveyURL: mistake.surveyURL, more: mistake.more)
        #expect(outcome.status == 1, "\(outcome)")
        for part in mistake.message { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
        #expect(try place.files().subtracting(["linkseal-data/lock"]) == before)
    }

    @Test func `a workspace that exists is left as it is`() async throws {
        let place = try await ProgramWorkspace()
        let before = try place.read("keys/keyring.json")
        let outcome = try await place.run("init")
        #expect(outcome.status == 1 && outcome.errors.contains("already"), "\(outcome)")
        #expect(try place.read("keys/keyring.json") == before)
    }

    @Test func `without a workspace, init is named`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let outcome = try await place.generate("p.csv")
        #expect(outcome.status == 1 && outcome.errors.contains("linkseal init"), "\(outcome)")
        #expect(try place.files() == ["p.csv"])
    }

    @Test func `a private key that others may read is refused`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let keys = try await place.json("keys", "list", as: [[String: JSONValue]].self)
        let path = place.path("keys/\(try #require(keys[0]["id"]?.string)).pem")
        chmod(path, 0o644)
        let outcome = try await place.generate("p.csv")
        #expect(outcome.status == 1 && outcome.errors.contains("chmod 600"), "\(outcome)")
        #expect(try !place.files().contains("links.csv"))
    }

    /// One for each way in which an Ed25519 key can be unsafe; the library's tests have all of them.
    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `a public key under which anyone can forge is neither imported nor published`(point: String) async throws {
        let place = try await ProgramWorkspace()
        let der = try #require(Data(hexadecimal: "302a300506032b6570032100" + point))
        let pem = "-----BEGIN PUBLIC KEY-----\n\(der.base64EncodedString())\n-----END PUBLIC KEY-----\n"
        try place.write(pem, to: "unsafe.pub.pem")
        let before = try place.read("keys/keyring.json")
        let imported = try await place.run("keys", "import", "unsafe.pub.pem")
        #expect(imported.status == 1 && imported.errors.contains("the Ed25519 public key can't be used"), "\(imported)")
        #expect(try place.read("keys/keyring.json") == before)

        // As a keyring has it that took the key in when it was still taken.
        try await place.succeed("keys", "make")
        let keys = try await place.json("keys", "list", as: [[String: JSONValue]].self)
        let other = try #require(keys.first { $0["state"]?.string == "pending" }?["id"]?.string)
        let id = SHA256.hash(Array(der).span)
        let name = (0..<4).map { id[$0].hexadecimal }.joined()
        try place.write(try place.read("keys/keyring.json").replacing(other, with: name), to: "keys/keyring.json")
        try FileManager.default.removeItem(atPath: place.path("keys/\(other).pem"))
        try FileManager.default.removeItem(atPath: place.path("keys/\(other).pub.pem"))
        try place.write(pem, to: "keys/\(name).pub.pem")
        let bundle = try place.read("linkseal-data/bundle.json")
        let published = try await place.run("publish")
        #expect(
            published.status == 1 && published.errors.contains("the Ed25519 public key can't be used"), "\(published)")
        #expect(try place.read("linkseal-data/bundle.json") == bundle)
    }

    @Test(arguments: [
        ["generate"], ["nonsense"], ["download"], ["generate", "--contacts", "a", "--list", "b", "--name", "n"],
        ["verify"], ["init", "--algorithm", "rsa"], ["delete", "x"],
    ])
    func `wrong usage exits with 64`(arguments: [String]) async throws {
        let place = try await ProgramWorkspace()
        if arguments == ["delete", "x"] {
            try place.write("id,email\n1,a@example.com\n", to: "p.csv")
            #expect(try await place.generate("p.csv", name: "x").status == 0)
        }
        let outcome = try await place.run(arguments)
        #expect(outcome.status == 64, "\(outcome)")
    }
}

extension Data {
    fileprivate init?(hexadecimal text: String) {
        var (bytes, rest) = (Data(), text[...])
        while !rest.isEmpty {
            guard let byte = UInt8(hexadecimal: rest.prefix(2).utf8) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self = bytes
    }
}
