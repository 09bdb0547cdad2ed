import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

@Suite struct ResultsTests {
    let test = try! TestWorkspace()
    let sessions: SessionKeyring

    init() throws {
        sessions = try SessionKeyring(current: SecretBytes(randomCount: 32))
    }

    func generate(inLink: [String] = []) async throws -> Distribution {
        try await test.distributions.generate(
            test.request(test.people(10), inLink: inLink), key: test.key, at: test.now
        ).distribution
    }

    func session(_ serial: UInt32, of distribution: Distribution) throws -> String {
        let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
        return try sessions.issue(SessionReceipt(nonce: nonce, startedAt: test.now, epoch: .initial))
    }

    func join(
        _ text: String, by key: ResponseKey, of distributions: [Distribution], column: String? = nil,
        withSessions: Bool = true
    ) throws -> (ResultsReport, [[String: String]]) {
        var join = ResultsJoin(
            responses: try test.directory.write(text, to: "responses.csv"), by: key,
            output: test.directory.path("joined.csv"))
        join.column = column
        let report = try test.distributions.joinResults(
            join, of: distributions, keys: [PublishedKey(key: test.key.publicKey, state: .retired)],
            sessions: withSessions ? sessions : nil)
        return (report, try test.rows("joined.csv"))
    }

    @Test("a Google Forms export is joined by the session in a question")
    func googleForms() async throws {
        let distribution = try await generate()
        let text = """
            Timestamp,How likely are you to recommend us?,Session
            11/24/2026 9:15:01,9,\(try session(4, of: distribution))
            11/24/2026 9:16:40,2,Shello
            11/24/2026 9:17:12,7,
            11/24/2026 9:18:12,8,\(try session(4, of: distribution))
            """
        let (report, rows) = try join(text, by: .session, of: [distribution])
        #expect(report.responses == 4 && report.matched == 2 && report.repeated == 1)
        #expect(report.unmatched.map(\.line) == [3, 4])
        #expect(report.unmatched.map(\.reason) == [.notGenuine, .nothingThere])
        #expect(rows.map { $0["Match"] } == ["matched", "not genuine", "nothing there", "repeated: first in line 2"])
        #expect(report.repetitions == [.init(line: 5, firstLine: 2)] && report.column == "Session")
        #expect(rows[0]["Contact ID"] == "c4" && rows[0]["Email"] == "p4@x.example" && rows[0]["Plan"] == "gold")
        #expect(rows[1]["Timestamp"] == "11/24/2026 9:16:40" && rows[1]["Email"] == "")
    }

    @Test("a LimeSurvey export is joined by the link in a question")
    func limeSurvey() async throws {
        let distribution = try await generate()
        let links = try test.rows().map { $0["Link"]! }
        let other = try PrivateKey.generate(.ed25519)
        let claims = try Token(parsing: token(in: links[0])!).unverifiedClaims
        let forged = try Token(minting: claims, with: other).text
        let text = """
            "Response ID";"Date submitted";"Last page";"Start language";"Seed";"Link";"Comment"
            "1";"2026-11-24 09:15:01";"2";"de";"1";"\(links[3])?utm_source=mail";"=1+1"
            "2";"2026-11-24 09:16:01";"2";"de";"2";"https://l.example/l/\(forged)";"x"
            "3";"2026-11-24 09:17:01";"2";"de";"3";"https://www.example/";"x"
            """
        let (report, rows) = try join(text, by: .link, of: [distribution])
        #expect(report.matched == 1 && report.mismatches == [.notGenuine: 2])
        #expect(rows[0]["Contact ID"] == "c3" && rows[0]["Größe"] == "groß")
        #expect(rows[0]["Comment"] == "'=1+1")
    }

    @Test("a column that only numbers the responses is never taken for the contacts")
    func bareID() async throws {
        let distribution = try await generate()
        #expect(throws: DistributionsError.self) {
            try join("id,submitdate,G01Q01\nc1,2026-11-24,9\n", by: .contact, of: [distribution])
        }
        let (report, rows) = try join("id,token,G01Q01\nc1,c4,-3\nc2,c5,+49 30 1\n", by: .contact, of: [distribution])
        #expect(report.column == "token" && rows.map { $0["Contact ID"] } == ["c4", "c5"])
        #expect(rows.map { $0["G01Q01"] } == ["-3", "+49 30 1"], "answers are not altered")
    }

    @Test("two columns that may be the contact's must agree, or one is named")
    func disagreement() async throws {
        let distribution = try await generate()
        let text = "token,Contact ID,Q\nc1,c2,1\nc3,c4,2\n,c5,3\n"
        #expect {
            try join(text, by: .contact, of: [distribution])
        } throws: { "\($0)".contains("\"Contact ID\" and \"token\" differ in most rows") }
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("joined.csv")))
        let (_, rows) = try join(text, by: .contact, of: [distribution], column: "token")
        #expect(
            rows.map { $0["Contact ID"] } == ["c1", "c3", ""]
                || rows.map { $0["Contact ID (contact)"] } == ["c1", "c3", ""])
        let (agreeing, _) = try join(
            "token,Contact ID,Q\nc1,c1,1\nc3,c4,2\nc5,c5,3\n", by: .contact, of: [distribution])
        #expect(agreeing.column == "Contact ID")
    }

    @Test("links and sessions are found in the cells of an export, whatever is around them")
    func cells() async throws {
        let distribution = try await generate()
        let link = try #require(try test.rows()[3]["Link"])
        let session = try session(4, of: distribution)
        for cell in ["<\(link)>", "\(link).", " \(link)\u{A0}", "\(link)&utm_source=x", "Link: \(link)"] {
            let (report, rows) = try join("link\n\(cell)\n", by: .link, of: [distribution])
            #expect(report.matched == 1 && rows[0]["Contact ID"] == "c3", "\(cell)")
        }
        for cell in ["\(session).", " \(session)\u{200B}", "?session=\(session)&lang=en", "=\(session)"] {
            let (report, rows) = try join("session\n\(cell)\n", by: .session, of: [distribution])
            #expect(report.matched == 1 && rows[0]["Contact ID"] == "c4", "\(cell)")
        }
    }

    @Test("a Qualtrics export is joined by contact, and its further lines of headings stay")
    func qualtrics() async throws {
        let distribution = try await generate()
        let text = #"""
            StartDate,EndDate,Status,ResponseId,RecipientLastName,ExternalReference,Q1,Email
            Start Date,End Date,Response Type,Response ID,Recipient Last Name,External Data Reference,"How likely, really?",E
            "{""ImportId"":""startDate"",""timeZone"":""Z""}","{""ImportId"":""endDate""}","{""ImportId"":""status""}","{""ImportId"":""_recordId""}","{""ImportId"":""recipientLastName""}","{""ImportId"":""externalDataReference""}","{""ImportId"":""QID1""}","{""ImportId"":""E""}"
            2026-11-24 09:15:01,2026-11-24 09:16:01,IP Address,R_1,Müller 6,c6,9,mine@x.example
            2026-11-24 09:15:01,2026-11-24 09:16:01,IP Address,R_2,Nobody,c99,9,mine@x.example

            """#
        let (report, rows) = try join(text, by: .contact, of: [distribution])
        #expect(report.responses == 2 && report.matched == 1 && report.mismatches == [.unknownContact: 1])
        #expect(rows.count == 4)
        #expect(rows[0]["Q1"] == "How likely, really?" && rows[0]["Contact ID"] == "")
        #expect(rows[1]["Q1"] == #"{"ImportId":"QID1"}"#)
        #expect(rows[2]["Contact ID"] == "c6" && rows[2]["Email"] == "mine@x.example")
        #expect(rows[2]["Email (contact)"] == "p6@x.example")
    }

    @Test("a session that no edge of this workspace issued is not genuine")
    func forgedSession() async throws {
        let distribution = try await generate()
        let stranger = try SessionKeyring(current: SecretBytes(randomCount: 32))
        let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: 1))
        let forged = try stranger.issue(SessionReceipt(nonce: nonce, startedAt: test.now, epoch: .initial))
        #expect(try join("session\n\(forged)\n", by: .session, of: [distribution]).0.mismatches == [.notGenuine: 1])
        #expect(try join("session\n\(forged)\n", by: .session, of: [distribution], withSessions: false).0.matched == 1)
    }

    @Test("embedded data that differs from what the link was made for is named")
    func changedData() async throws {
        let distribution = try await generate()
        let links = try test.rows().map { $0["Link"]! }
        let path = test.distributions.contactsPath(of: distribution.id)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("Müller 3,p3@x.example,X3,DE,silver", with: "Müller 3,p3@x.example,X3,DE,platinum")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let (report, _) = try join("link\n\(links[2])\n\(links[3])\n", by: .link, of: [distribution])
        #expect(report.matched == 1)
        #expect(report.unmatched == [.init(line: 3, reason: .embeddedDataMismatch)])
    }

    @Test("in-link data that the response tells differently is named")
    func changedInLinkData() async throws {
        let distribution = try await generate(inLink: ["Plan"])
        let text = "session,Plan\n\(try session(0, of: distribution)),gold\n\(try session(1, of: distribution)),gold\n"
        let (report, rows) = try join(text, by: .session, of: [distribution])
        #expect(report.matched == 1 && report.mismatches == [.embeddedDataMismatch: 1])
        #expect(rows[0]["Plan (contact)"] == "gold")
    }

    @Test("the newest distribution of several is the contact's, and an erased contact matches nothing")
    func severalDistributions() async throws {
        let first = try await generate()
        var request = try test.request(test.people(5))
        request.name = "later"
        let second = try await test.distributions.generate(
            request, key: test.key, at: test.now.adding(seconds: 1)
        ).distribution
        _ = try test.workspace.erase("c2")
        let text = "Contact ID,Answer\nc1,a\nc2,b\nc7,c\n"
        let (report, rows) = try join(text, by: .contact, of: [first, second])
        #expect(report.matched == 2 && report.mismatches == [.unknownContact: 1])
        #expect(rows.map { $0["Match"] } == ["matched", "unknown contact", "matched"])
    }

    @Test("a column that is not there is refused with those that are")
    func noColumn() async throws {
        let distribution = try await generate()
        for column in [nil, "Nope"] {
            let error = #expect(throws: DistributionsError.self) {
                try join("Q1,Q2\n1,2\n", by: .session, of: [distribution], column: column)
            }
            #expect("\(error!)".contains("\"Q1\", \"Q2\""))
        }
        let (report, _) = try join(
            "Q1,Mine\n1,\(session(0, of: distribution))\n", by: .session, of: [distribution], column: "mine")
        #expect(report.matched == 1)
    }
}
