import Consumption
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
        sessions = sessionKeyring(of: 1)
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
            sessions: withSessions ? sessions : nil, at: test.now)
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
        #expect(report.responses == 4 && report.withContact == 2 && report.column == "Session")
        #expect(
            report.rows == [
                .init(line: 3, match: .none(.noCredential), firstLine: nil),
                .init(line: 4, match: .none(.nothingThere), firstLine: nil),
                .init(line: 5, match: .contact(.repeated), firstLine: 2),
            ])
        #expect(
            rows.map { $0["Match"] } == [
                "matched", "not a session or link", "nothing there", "repeated: first in line 2",
            ])
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
        #expect(report.counts == [.contact(.matched): 1, .none(.unknownKey): 1, .none(.noCredential): 1])
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
        } throws: { "\($0)".contains("\"Contact ID\", \"token\" could both be the contact") }
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
            #expect(report.withContact == 1 && rows[0]["Contact ID"] == "c3", "\(cell)")
        }
        for cell in ["\(session).", " \(session)\u{200B}", "?session=\(session)&lang=en", "=\(session)"] {
            let (report, rows) = try join("session\n\(cell)\n", by: .session, of: [distribution])
            #expect(report.withContact == 1 && rows[0]["Contact ID"] == "c4", "\(cell)")
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
        #expect(report.counts == [.contact(.matched): 1, .none(.unknownContact): 1])
        #expect(rows.count == 4)
        #expect(rows[0]["Q1"] == "How likely, really?" && rows[0]["Contact ID"] == "")
        #expect(rows[1]["Q1"] == #"{"ImportId":"QID1"}"#)
        #expect(rows[2]["Contact ID"] == "c6" && rows[2]["Email"] == "mine@x.example")
        #expect(rows[2]["Email (contact)"] == "p6@x.example")
    }

    @Test("a session that no edge of this workspace issued is not genuine")
    func forgedSession() async throws {
        let distribution = try await generate()
        let stranger = sessionKeyring(of: 2)
        let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: 1))
        let forged = try stranger.issue(SessionReceipt(nonce: nonce, startedAt: test.now, epoch: .initial))
        let text = "session\n\(forged)\n"
        #expect(try join(text, by: .session, of: [distribution]).0.counts == [.none(.unknownKey): 1])
        #expect(try join(text, by: .session, of: [distribution], withSessions: false).0.withContact == 1)
    }

    @Test("embedded data that differs from what the link was made for is named")
    func changedData() async throws {
        let distribution = try await generate()
        let links = try test.rows().map { $0["Link"]! }
        let path = test.distributions.path(of: distribution.id) + "/contacts-0-\(distribution.contacts - 1).csv"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("Müller 3,p3@x.example,X3,DE,silver", with: "Müller 3,p3@x.example,X3,DE,platinum")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let (report, _) = try join("link\n\(links[2])\n\(links[3])\n", by: .link, of: [distribution])
        #expect(report.rows == [.init(line: 3, match: .none(.embeddedDataMismatch), firstLine: nil)])
    }

    @Test("in-link data that the response tells differently is named")
    func changedInLinkData() async throws {
        let distribution = try await generate(inLink: ["Plan"])
        let text = "session,Plan\n\(try session(0, of: distribution)),gold\n\(try session(1, of: distribution)),gold\n"
        let (report, rows) = try join(text, by: .session, of: [distribution])
        #expect(report.counts == [.contact(.matched): 1, .none(.embeddedDataMismatch): 1])
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
        _ = try test.workspace.erase("c2", at: test.now)
        let text = "Contact ID,Answer\nc1,a\nc2,b\nc7,c\n"
        let (report, rows) = try join(text, by: .contact, of: [first, second])
        #expect(report.counts == [.contact(.matched): 2, .none(.unknownContact): 1])
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
        #expect(report.withContact == 1)
    }

    @Test("responses that came after their link was revoked or deleted, and through no edge, are marked")
    func remarks() async throws {
        let distribution = try await generate()
        let later = test.now.adding(seconds: 100)
        func receipt(_ serial: UInt32, at time: UnixTime) throws -> String {
            let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
            return try sessions.issue(SessionReceipt(nonce: nonce, startedAt: time, epoch: .initial))
        }
        _ = try test.distributions.revoke(
            distribution.id, serials: [Serial(rawValue: 1), Serial(rawValue: 2)], at: later)
        var uses = DistributionHistory()
        for serial in [0, 1, 2, 3] as [UInt32] {
            let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
            uses.apply(LinkEvent(nonce: nonce, kind: .started, time: test.now))
        }
        let text = """
            session,Q
            \(try receipt(0, at: test.now)),1
            \(try receipt(1, at: test.now)),1
            \(try receipt(2, at: later)),1
            \(try receipt(4, at: test.now)),1

            """
        func matches(_ uses: DistributionHistory) throws -> ([String?], unchecked: [String]) {
            let join = ResultsJoin(
                responses: try test.directory.write(text, to: "responses.csv"), by: .session,
                output: test.directory.path("joined.csv"))
            let report = try test.distributions.joinResults(
                join, of: test.distributions.all(), keys: [], sessions: sessions, uses: [distribution.id: uses],
                at: later)
            return (try test.rows("joined.csv").map { $0["Match"] }, report.unchecked)
        }
        #expect(try matches(uses) == (["matched", "matched", "link revoked", "never started"], []))
        // Where no start is known, nothing can be said about one that is missing.
        #expect(
            try matches(DistributionHistory()) == (["matched", "matched", "link revoked", "matched"], ["NPS Q4"]))
        _ = try test.distributions.delete(distribution.id, at: test.now)
        #expect(try matches(uses).0 == Array(repeating: "link deleted", count: 4))
    }

    @Test("the columns that are asked for stand beside the responses, and Match always does")
    func columns() async throws {
        let distribution = try await generate()
        var uses = DistributionHistory()
        let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: 3))
        uses.apply(LinkEvent(nonce: nonce, kind: .started, time: test.now))
        uses.apply(LinkEvent(nonce: nonce, kind: .finished, time: test.now.adding(seconds: 60)))
        var join = ResultsJoin(
            responses: try test.directory.write(
                "session,email\n\(session(3, of: distribution)),=1+1\n", to: "responses.csv"),
            by: .session, output: test.directory.path("joined.csv"))
        join.columns = ["email", "größe", "DISTRIBUTION", "Status", "started at", "Finished At"]
        join.guardsFormulas = false
        join.addsByteOrderMark = true
        _ = try test.distributions.joinResults(
            join, of: [distribution], keys: [], sessions: sessions, uses: [distribution.id: uses], at: test.now)
        let bytes = try Data(contentsOf: URL(filePath: test.directory.path("joined.csv")))
        #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]))
        #expect(
            String(decoding: bytes.dropFirst(3), as: UTF8.self).split(separator: "\r\n").map {
                $0.split(separator: ",").dropFirst().joined(separator: ",")
            } == [
                "email,Email (contact),Größe,Distribution,Status,Started At,Finished At,Match",
                "=1+1,p3@x.example,groß,NPS Q4,Survey Finished,2026-11-24T07:18:07Z,2026-11-24T07:19:07Z,matched",
            ])
        join.csv = .excel(in: try #require(ExcelLocale("de")))
        join.columns = ["Größe"]
        _ = try test.distributions.joinResults(
            join, of: [distribution], keys: [], sessions: sessions, uses: [distribution.id: uses], at: test.now)
        let text = String(decoding: try test.directory.read("joined.csv"), as: UTF8.self)
        #expect(text.hasPrefix("\u{FEFF}session;email;Größe;Match\r\n") && text.hasSuffix(";=1+1;groß;matched\r\n"))
        join.columns = ["Link"]
        #expect {
            try test.distributions.joinResults(join, of: [distribution], keys: [], sessions: sessions, at: test.now)
        } throws: { "\($0)".contains("column \"Link\"") }
    }

    @Test("only distributions that responses belong to add columns")
    func matchedDistributions() async throws {
        let distribution = try await generate()
        let path = try test.directory.write("Contact ID,Team\nx1,North\n", to: "others.csv")
        var request = try test.request(.file(ContactFile(path)))
        request.name = "others"
        let other = try await test.distributions.generate(request, key: test.key, at: test.now).distribution
        let text = "session\n\(try session(3, of: distribution))\n"
        let (_, rows) = try join(text, by: .session, of: [distribution, other])
        #expect(rows[0]["Plan"] == "silver" && rows[0]["Team"] == nil)
        let (_, both) = try join(text + "\(session(0, of: other))\n", by: .session, of: [distribution, other])
        #expect(both.map { $0["Team"] } == ["", "North"])
        // What was left out is told apart from what is not known at all.
        let (report, _) = try join("session\n\(session(0, of: other))\n", by: .session, of: [distribution])
        #expect(report.counts == [.none(.otherDistribution): 1])
    }

    @Test("an ID that a spreadsheet gave a decimal place is found")
    func spreadsheetNumbers() async throws {
        let path = try test.directory.write("Contact ID,Email\n101,a@x.example\n102.0,b@x.example\n", to: "numbers.csv")
        let distribution = try await test.distributions.generate(
            test.request(.file(ContactFile(path))), key: test.key, at: test.now
        ).distribution
        let (_, rows) = try join("Contact ID,Q\n101.0,1\n102.0,1\n102,1\n", by: .contact, of: [distribution])
        #expect(rows.map { $0["Email"] } == ["a@x.example", "b@x.example", ""])
    }

    @Test("a response's own time tells whether it came too late, if the zone is known")
    func times() async throws {
        var request = try test.request(test.people(5))
        request.resume = .within(seconds: 3600)
        let distribution = try await test.distributions.generate(request, key: test.key, at: test.now).distribution
        let revoked = try test.distributions.revoke(
            distribution.id, serials: [Serial(rawValue: 2)], at: test.now.adding(seconds: 1000))
        // Started at 07:18:07, revoked at 07:34:47, to be finished by 08:18:07.
        let text = """
            session,submitdate,lastpage
            \(try session(0, of: distribution)),2026-11-24 09:18:06,2
            \(try session(1, of: distribution)),2026-11-24 09:18:09,2
            \(try session(2, of: distribution)),2026-11-24 08:34:46,2
            \(try session(3, of: distribution)),,1

            """
        var join = ResultsJoin(
            responses: try test.directory.write(text, to: "responses.csv"), by: .session,
            output: test.directory.path("joined.csv"))
        func matches() throws -> ([String?], ResponseTimeError?) {
            let report = try test.distributions.joinResults(
                join, of: [revoked], keys: [], sessions: sessions, at: test.now.adding(seconds: 86400))
            return (try test.rows("joined.csv").map { $0["Match"] }, report.timeFault)
        }
        let (without, fault) = try matches()
        #expect(without == ["matched", "matched", "matched", "not submitted"])
        #expect(fault == .zoneMissing(column: "submitdate", line: 2, text: "2026-11-24 09:18:06"))
        join.times.zone = ResponseTimeZone(offset: 3600)
        #expect(try matches() == (["matched", "too late", "matched", "not submitted"], nil))
        join.times.zone = .utc
        #expect(try matches() == (["too late", "too late", "link revoked", "not submitted"], nil))
        join.times.column = "Sent"
        #expect {
            try matches()
        } throws: { "\($0)".contains("no column \"Sent\"") }
    }
}
