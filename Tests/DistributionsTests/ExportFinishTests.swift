import Foundation
import LinkToken
import Testing

@testable import Distributions

/// Who finished, by the exports of survey tools.
extension ResponseExportTests {
    /// Those without a column of times.
    private static let untimed: Set = ["any-session-in-url", "any-utf16", "surveyjs-nested"]

    @Test(arguments: names.filter { try! Expectation(of: $0).key == .session })
    func `those whose response was submitted have finished, at a time that can be read, and nobody else`(name: String)
        async throws
    {
        let (distribution, other) = try await generate()
        let expected = try Expectation(of: name)
        var request = FinishRequest(
            responses: try setting.directory.write(
                Array(export(name, distribution, other)), to: "responses.csv"))
        request.times.zone = .utc
        // Late enough that no response is in the future, in whatever zone it was written.
        let report = try setting.distributions.finishes(
            request, of: [distribution], sessions: sessions, at: setting.now.adding(seconds: 86400))
        let submitted = expected.rows.filter {
            $0.match == "matched" || $0.match.hasPrefix("repeated: ") || $0.match == "never started"
        }
        #expect(report.finishes.map { "c\($0.nonce.serial)" } == submitted.map(\.contact))
        #expect(report.refusals == [:])
        #expect((report.timeColumn == nil) == Self.untimed.contains(name), "\(report.timeColumn as Any)")
        if report.timeColumn != nil {
            #expect(
                report.finishes.allSatisfy {
                    $0.finishedAt > setting.now && $0.finishedAt < setting.now.adding(seconds: 5 * 3600)
                })
        }
    }
}
