import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

/// The commands of the articles about survey tools, run as they stand there.
@Suite struct RecipeTests {
    /// A file in the shape of the tool's export, with two responses of one session, and one without.
    private static let exports = [
        "LimeSurvey": """
        "id","submitdate","lastpage","startlanguage","seed","token","session","G01Q01"
        "1","2026-11-24 09:15:01","1","en","73","C-2","SESSION","9"
        "2","2026-11-24 09:16:01","1","en","74","C-3","","-3"
        "3","2026-11-24 09:17:01","1","en","75","C-2","SESSION","8"
        """,
        "GoogleForms": """
        Timestamp,How likely are you to recommend us?,Session
        11/24/2026 9:15:01,9,SESSION
        11/24/2026 9:16:01,-3,
        11/24/2026 9:17:01,8,SESSION
        """,
        "MicrosoftForms": """
        \u{FEFF}ID;Start time;Completion time;Email;Name;How likely are you?;Session
        1;11/24/26 9:14:01;11/24/26 9:15:01;anonymous;;9;SESSION
        2;11/24/26 9:15:01;11/24/26 9:16:01;anonymous;;-3;
        3;11/24/26 9:16:01;11/24/26 9:17:01;anonymous;;8;SESSION
        """,
        "Qualtrics": #"""
        StartDate,EndDate,Finished,RecordedDate,ResponseId,Q1,session
        Start Date,End Date,Finished,Recorded Date,Response ID,"How likely, really?",session
        "{""ImportId"":""startDate"",""timeZone"":""Europe/Berlin""}","{""ImportId"":""endDate"",""timeZone"":""Europe/Berlin""}","{""ImportId"":""finished""}","{""ImportId"":""recordedDate"",""timeZone"":""Europe/Berlin""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""session""}"
        2026-11-24 09:14:01,2026-11-24 09:15:01,True,2026-11-24 09:15:02,R_1,9,SESSION
        2026-11-24 09:15:01,2026-11-24 09:16:01,True,2026-11-24 09:16:02,R_2,-3,
        2026-11-24 09:16:01,2026-11-24 09:17:01,True,2026-11-24 09:17:02,R_3,8,SESSION
        """#,
        "SurveyMonkey": """
        Respondent ID,Collector ID,Start Date,End Date,IP Address,session,How likely are you to recommend us?
        ,,,,,,Response
        11,7,11/24/2026 09:14:01 AM,11/24/2026 09:15:01 AM,,SESSION,9
        12,7,11/24/2026 09:15:01 AM,11/24/2026 09:16:01 AM,,,-3
        13,7,11/24/2026 09:16:01 AM,11/24/2026 09:17:01 AM,,SESSION,8
        """,
        "Typeform": """
        #,How likely are you?,session,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags
        a1,9,SESSION,completed,2026-11-24 09:14:01,,2026-11-24 09:15:01,n1,
        a2,-3,,completed,2026-11-24 09:15:01,,2026-11-24 09:16:01,n2,
        a3,8,SESSION,completed,2026-11-24 09:16:01,,2026-11-24 09:17:01,n1,
        """,
        "Formbricks": """
        No.,Response ID,Timestamp,Finished,Survey ID,User ID,Tags,1. How likely are you?,session
        1,c1,2026-11-24 09:15:01,Yes,s1,,,9,SESSION
        2,c2,2026-11-24 09:16:01,Yes,s1,,,-3,
        3,c3,2026-11-24 09:17:01,Yes,s1,,,8,SESSION
        """,
        "REDCap": """
        record_id,redcap_survey_identifier,nps_timestamp,session,likely,nps_complete
        1,,"2026-11-24 09:15:01",SESSION,9,2
        2,,"2026-11-24 09:16:01",,-3,2
        3,,"2026-11-24 09:17:01",SESSION,8,2
        """,
        "Tally": """
        Submission ID,Respondent ID,Submitted at,How likely are you?,session
        w1,r1,2026-11-24 09:15:01,9,SESSION
        w2,r2,2026-11-24 09:16:01,-3,
        w3,r1,2026-11-24 09:17:01,8,SESSION
        """,
        "SurveyJS": """
        session,likely,finished_at
        SESSION,9,2026-11-24T09:15:01Z
        ,-3,2026-11-24T09:16:01Z
        SESSION,8,2026-11-24T09:17:01Z
        """,
        "OtherTools": """
        Submitted;session;How likely are you?
        2026-11-24 09:15:01;SESSION;9
        2026-11-24 09:16:01;;-3
        2026-11-24 09:17:01;SESSION;8
        """,
    ]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/linkseal/linkseal.docc/SurveyTools")

    @Test func `every article has an export to be tried with`() throws {
        let articles = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(articles).subtracting(["SurveyTools.md"]) == Set(Self.exports.keys.map { $0 + ".md" }))
    }

    @Test(arguments: exports.keys.sorted())
    func `the commands of an article make links and join the tool's export`(article: String) async throws {
        let place = try await ProgramWorkspace()
        try place.write(
            """
            Contact ID,First Name,Last Name,Email,Language
            C-1,Ada,Lovelace,ada@example.com,en
            C-2,Grace,Hopper,grace@example.com,en
            C-3,Zoë,Müller,zoe@example.com,de

            """, to: "people.csv")
        let text = try String(contentsOf: Self.folder.appending(path: article + ".md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        let joining = try #require(blocks.firstIndex { $0.contains("linkseal results join") })
        let generating = try #require(blocks.lastIndex { $0.contains("linkseal generate") })
        for block in blocks[...generating] where !block.contains("linkseal results") {
            let outcome = try await Self.run(block, in: place)
            #expect(!outcome.errors.contains("survey URL"), "\(outcome)")
        }
        #expect(try place.read("links.csv").split(separator: "\r\n").count == 4)

        let listed = try await place.json("distributions", as: [[String: JSONValue]].self)
        let id = try #require(listed.first { $0["name"]?.string == "NPS Q4" }?["id"]?.string)
        let nonce = Nonce(distribution: try #require(DistributionID(id)), serial: Serial(rawValue: 1))
        // 2024-11-24T07:18:07Z. The exports are as of that day, too, since nobody finishes in the future.
        let receipt = SessionReceipt(nonce: nonce, startedAt: UnixTime(rawValue: 1_732_432_687), epoch: .initial)
        let session = try Keyring(opening: place.path("keys")).sessionKeyring().issue(receipt)
        let export = Self.exports[article]!.replacing("2026", with: "2024").replacing("/26 ", with: "/24 ")
        try place.write(export.replacing("SESSION", with: session) + "\r\n", to: "export.csv")

        _ = try await Self.run(blocks[joining], in: place)
        let rows = try place.read("joined.csv").split(whereSeparator: \.isNewline).filter {
            $0.contains("Grace") || $0.contains("-3")
        }
        #expect(rows.count == 3 && rows[0].contains("matched") && rows[0].contains("grace@example.com"), "\(rows)")
        #expect(!rows[1].contains("@example.com") && rows[2].contains("repeated: "), "\(rows)")

        // One person answered, twice, and is left out of reminders from then on.
        let finishing = try #require(blocks.first { $0.contains("linkseal results finish") })
        let finish = try await Self.run(finishing, in: place)
        #expect(finish.output.contains(": 1 new, 0 known before."), "\(finish)")
        #expect(!finish.errors.contains("no finish is recorded"), "\(finish)")
        try await place.succeed("download", "NPS Q4", "--only-status", "Email Not Sent", "--out", "rest.csv")
        let rest = try place.read("rest.csv")
        #expect(rest.contains("ada@") && rest.contains("zoe@") && !rest.contains("grace@"))
        let times = try await place.succeed("log", "export")
        #expect(times.contains(/,1,finished,2024-11-24T0[89]:15:0[12]Z/), "\(times)")
    }

    private static func run(_ block: String, in place: ProgramWorkspace) async throws -> ProgramWorkspace.Outcome {
        let binaries = URL(filePath: ProgramWorkspace.program).deletingLastPathComponent().path
        let outcome = try await ChildProcess.run(
            "bash", ["-c", "set -euo pipefail; PATH=\(binaries):$PATH\n\(block)"], in: place.root)
        #expect(outcome.status == 0, "\(block)\n\(outcome)")
        return outcome
    }
}
