import Consumption
import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

@Suite struct FinishRecordingTests {
    let test = try! TestWorkspace()
    let sessions: SessionKeyring
    /// 2026-11-24T07:18:07Z.
    var started: UnixTime { test.now }

    init() throws {
        sessions = try SessionKeyring(current: SecretBytes(randomCount: 32))
    }

    func generate() async throws -> Distribution {
        try await test.distributions.generate(test.request(test.people(10)), key: test.key, at: test.now).distribution
    }

    func session(
        _ serial: UInt32, of distribution: Distribution, startedAt: UnixTime? = nil, by keyring: SessionKeyring? = nil
    ) throws -> String {
        let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
        return try (keyring ?? sessions).issue(
            SessionReceipt(nonce: nonce, startedAt: startedAt ?? started, epoch: .initial))
    }

    /// Reads an export, in which `{4}` is the session of the fifth contact.
    func finishes(
        _ text: String, of distribution: Distribution, startedAt: UnixTime? = nil,
        after seconds: UInt32 = 86400, _ change: (inout ResponseTimeOptions) -> Void = { _ in }
    ) throws -> FinishReport {
        var text = text
        for serial in 0..<10 as Range<UInt32> where text.contains("{\(serial)}") {
            text = text.replacing(
                "{\(serial)}", with: try session(serial, of: distribution, startedAt: startedAt))
        }
        var request = FinishRequest(responses: try test.directory.write(text, to: "responses.csv"))
        change(&request.times)
        return try test.distributions.finishes(
            request, of: [distribution], sessions: sessions, at: started.adding(seconds: seconds))
    }

    /// Serial and time of each finish, in the order of the export.
    func times(_ report: FinishReport) -> [String] {
        report.finishes.map { "\($0.nonce.serial) \($0.finishedAt)" }
    }

    @Test("an export of Google Forms is read in the zone that is named, and its dates as one row proves")
    func googleForms() async throws {
        let distribution = try await generate()
        let other = try SessionKeyring(current: SecretBytes(randomCount: 32))
        let forged = try session(6, of: distribution, by: other)
        let text = """
            Timestamp,How likely are you to recommend us?,Session
            11/24/2026 9:15:01,9,{4}
            11/24/2026 9:16:40,2,Shello
            11/24/2026 9:17:12,7,
            11/24/2026 9:18:12,8,{4}
            11/24/2026 9:19:12,8,\(forged)
            11/24/2026 9:20:12,8,see {5}.
            """
        let report = try finishes(text, of: distribution) { $0.zone = ResponseTimeZone(offset: 3600) }
        #expect(times(report) == ["4 2026-11-24T08:15:01Z", "4 2026-11-24T08:18:12Z", "5 2026-11-24T08:20:12Z"])
        #expect(report.responses == 6 && report.column == "Session" && report.timeColumn == "Timestamp")
        #expect(report.others[.none(.noCredential)] == 1 && report.others[.none(.nothingThere)] == 1)
        // One key in 256 has the hint of the other.
        let strange = [.forged, .unknownKey].compactMap { report.others[.none($0)] }
        #expect(strange == [1])
        #expect(report.histories.links == 2, "the earlier finish of a link counts")
        #expect(report.finishes.allSatisfy { $0.startedAt == started })
        #expect {
            try finishes(text, of: distribution)
        } throws: {
            $0 as? DistributionsError
                == .responseTimes(
                    file: test.directory.path("responses.csv"),
                    fault: .zoneMissing(column: "Timestamp", line: 2, text: "11/24/2026 9:15:01"))
        }
    }

    @Test("responses that the tool knows as unfinished are not finished")
    func unsubmitted() async throws {
        let distribution = try await generate()
        let lime = try finishes(
            """
            "id","submitdate. Date submitted","lastpage","startlanguage","session"
            "1","2026-11-24 09:15:01","2","en","{1}"
            "2","","1","en","{2}"
            """, of: distribution
        ) { $0.zone = .utc }
        #expect(times(lime) == ["1 2026-11-24T09:15:01Z"] && lime.others == [.contact(.notSubmitted): 1])
        let tally = try finishes(
            "Submission ID,Submitted at,session\na,2026-11-24T09:15:01Z,{1}\nb,,{2}\n", of: distribution)
        #expect(times(tally) == ["1 2026-11-24T09:15:01Z"] && tally.others == [.contact(.notSubmitted): 1])
        let redcap = try finishes(
            "record_id,survey_timestamp,session\n1,2026-11-24 09:15:01,{1}\n2,[not completed],{2}\n", of: distribution
        ) { $0.zone = .utc }
        #expect(times(redcap) == ["1 2026-11-24T09:15:01Z"] && redcap.others == [.contact(.notSubmitted): 1])
    }

    @Test("Qualtrics says which clock it wrote by, and who did not finish")
    func qualtrics() async throws {
        let distribution = try await generate()
        let report = try finishes(
            #"""
            EndDate,Finished,RecordedDate,ResponseId,session
            End Date,Finished,Recorded Date,Response ID,session
            "{""ImportId"":""endDate"",""timeZone"":""America/Denver""}","{""ImportId"":""finished""}","{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}","{""ImportId"":""_recordId""}","{""ImportId"":""session""}"
            2026-11-24 02:15:00,True,2026-11-24 02:15:01,R_1,{1}
            2026-11-24 02:15:00,False,2026-11-24 02:16:01,R_2,{2}
            2026-11-24 02:15:00,0,2026-11-24 02:16:01,R_3,{3}
            """#, of: distribution
        ) { $0.zone = .utc }
        #expect(report.timeZone == "America/Denver", "the export knows better")
        #expect(
            times(report) == ["1 2026-11-24T09:15:01Z"] && report.others == [.contact(.notSubmitted): 2]
                && report.responses == 3)
        #expect(report.timeColumn == "RecordedDate")
    }

    @Test("times say their zone themselves, or their heading does")
    func zones() async throws {
        let distribution = try await generate()
        let typeform = try finishes(
            "#,session,Start Date (UTC),Submit Date (UTC),Network ID\n1,{1},2026-11-24 09:14:31,2026-11-24 09:15:01,a\n",
            of: distribution)
        #expect(times(typeform) == ["1 2026-11-24T09:15:01Z"])
        let mixed = try finishes(
            "when,session\n2026-11-24T09:15:01+01:00,{1}\n2026-11-24 09:15:01,{2}\n", of: distribution
        ) {
            $0.column = "When"
            $0.zone = ResponseTimeZone(offset: -3600)
        }
        #expect(times(mixed) == ["1 2026-11-24T08:15:01Z", "2 2026-11-24T10:15:01Z"])
    }

    @Test("without a column of times, people finished now")
    func noTimes() async throws {
        let distribution = try await generate()
        let report = try finishes("session,Q\n{3},1\n", of: distribution, after: 1000)
        #expect(report.timeColumn == nil && times(report) == ["3 \(started.adding(seconds: 1000))"])
        let now = try finishes("Submitted,session\n24/11,{3}\n,{4}\n", of: distribution, after: 1000) {
            $0.isNow = true
        }
        #expect(now.timeColumn == nil && times(now) == times(report) && now.others == [.contact(.notSubmitted): 1])
        #expect {
            try finishes("session,Q\n{3},1\n", of: distribution) { $0.column = "when" }
        } throws: { "\($0)".contains("there is no column \"when\"; the headings are \"session\", \"Q\"") }
    }

    /// 2026-12-01T08:00:00Z and a day more than a month later.
    @Test("dates that may be read in two ways are read as any row proves, or not at all")
    func dateOrder() async throws {
        let distribution = try await generate()
        // Started on December 1st, and now is January 6th: both readings of 12/3 and of 3/12 are possible or neither is.
        let start = UnixTime(rawValue: 1_796_112_000)
        func read(_ dates: [String], order: ResponseTime.DateOrder? = nil, days: UInt32 = 400) throws -> [String] {
            let rows = dates.enumerated().map { "\($1) 9:00:00,{\($0)}\n" }.joined()
            return times(
                try finishes(
                    "Timestamp,session\n" + rows, of: distribution, startedAt: start, after: days * 86400
                ) {
                    $0.zone = .utc
                    $0.dateOrder = order
                })
        }
        #expect(try read(["1/2/2027", "1/13/2027"]) == ["0 2027-01-02T09:00:00Z", "1 2027-01-13T09:00:00Z"])
        #expect(try read(["1/2/2027", "13/1/2027"]) == ["0 2027-02-01T09:00:00Z", "1 2027-01-13T09:00:00Z"])
        #expect {
            try read(["1/2/2027", "3/4/2027"])
        } throws: { "\($0)".contains("the month or the day first, such as \"1/2/2027 9:00:00\" in line 2") }
        #expect(try read(["1/2/2027"], order: .dayFirst) == ["0 2027-02-01T09:00:00Z"])
        #expect(try read(["1/2/2027"], order: .monthFirst) == ["0 2027-01-02T09:00:00Z"])
        #expect {
            try read(["1/13/2027", "13/1/2027"])
        } throws: { "\($0)".contains("the month first in line 2 and the day first in line 3") }
        // The other reading would be in the future, or before the start.
        #expect(try read(["1/2/2027"], days: 40) == ["0 2027-01-02T09:00:00Z"])
        #expect(try read(["3/12/2026"]) == ["0 2026-12-03T09:00:00Z"])
        #expect(try read(["1/1/2027"]) == ["0 2027-01-01T09:00:00Z"], "nothing depends on the order")
        // A named order leaves dates that are none in it unread.
        #expect(try read(["1/2/2027", "13/1/2027"], order: .monthFirst) == ["0 2027-01-02T09:00:00Z"])
    }

    @Test("a finish before its start or in the future is refused with its line, but for clocks that differ a little")
    func impossible() async throws {
        let distribution = try await generate()
        // Started at 07:18:07; now it is 08:18:07.
        let report = try finishes(
            """
            Submitted At,session
            2026-11-24T07:13:06Z,{0}
            2026-11-24T07:13:07Z,{1}
            2026-11-24T07:18Z,{2}
            2026-11-24T08:18:00Z,{3}
            2026-11-24T08:23:07Z,{4}
            2026-11-24T08:23:08Z,{5}
            yesterday,{6}
            """, of: distribution, after: 3600)
        #expect(
            times(report) == [
                "1 2026-11-24T07:18:07Z", "2 2026-11-24T07:18:07Z", "3 2026-11-24T08:18:00Z",
                "4 2026-11-24T08:18:07Z",
            ])
        #expect(report.refused.map(\.line) == [2, 7, 8])
        #expect(report.refused.map(\.reason) == [.beforeStart, .inFuture, .unreadableTime])
        #expect(report.refusals == [.beforeStart: 1, .inFuture: 1, .unreadableTime: 1])
    }

    @Test("of an hour that the clock showed twice, the one after the start is taken")
    func repeatedHour() async throws {
        let distribution = try await generate()
        // Summer time ended at 01:00 UTC.
        let end = UnixTime(rawValue: 1_824_944_400)
        func read(startedAt start: UnixTime) throws -> [String] {
            times(
                try finishes(
                    "Timestamp,session\n31.10.2027 02:30:00,{1}\n", of: distribution, startedAt: start, after: 1 << 28
                ) { $0.zone = ResponseTimeZone(named: "Europe/Berlin") })
        }
        #expect(try read(startedAt: UnixTime(rawValue: end.rawValue - 3600)) == ["1 2027-10-31T00:30:00Z"])
        #expect(try read(startedAt: end) == ["1 2027-10-31T01:30:00Z"])
    }

    @Test("responses of other distributions and of contacts that are gone finish nothing")
    func others() async throws {
        let (one, other) = (try await generate(), try await generate())
        let text = "session\n{1}\n\(try session(2, of: other))\n\(try session(99, of: one))\n"
        let report = try finishes(text, of: one)
        #expect(report.finishes.map(\.nonce.serial.rawValue) == [1])
        #expect(report.others == [.none(.otherDistribution): 1, .none(.unknownContact): 1])
    }
}
