import Consumption
import LinkToken
import Testing

@testable import Distributions

@Suite struct LinkStatusTests {
    private static let started = LinkState.started(at: UnixTime(rawValue: 90))
    private static let finished = LinkState.finished(startedAt: UnixTime(rawValue: 90))
    static let cases: [(LinkState, LinkBreakage?, UInt32, LinkStatus)] = [
        (.unused, nil, 99, .emailNotSent), (.unused, nil, 100, .linkExpired),
        (.unused, .deleted, 99, .linkDeleted), (.unused, .deleted, 100, .linkDeleted),
        (.unused, .revoked, 99, .linkRevoked), (.unused, .revoked, 100, .linkRevoked),
        (started, nil, 99, .surveyStarted), (started, nil, 589, .surveyStarted), (started, nil, 590, .incomplete),
        (started, .revoked, 99, .incomplete), (finished, .deleted, 5000, .surveyFinished),
    ]

    @Test("a status follows from what was recorded, what was broken, and the time", arguments: cases)
    func status(state: LinkState, breakage: LinkBreakage?, now: UInt32, expected: LinkStatus) {
        let status = LinkStatus(
            of: state, breakage: breakage, expiry: .ofBundle(UnixTime(rawValue: 100)),
            resume: .within(seconds: 500), at: UnixTime(rawValue: now))
        #expect(status == expected)
    }

    @Test("a survey that can't be resumed stays started until it is finished or its link is broken")
    func neverResumed() {
        func status(_ now: UInt32, breakage: LinkBreakage? = nil) -> LinkStatus {
            LinkStatus(
                of: .started(at: UnixTime(rawValue: 90)), breakage: breakage,
                expiry: .ofToken(UnixTime(rawValue: 100)), resume: .never, at: UnixTime(rawValue: now))
        }
        for now in [90, 91, 149, 150, 1_000_000] as [UInt32] { #expect(status(now) == .surveyStarted) }
        #expect(status(91, breakage: .revoked) == .incomplete)
    }

    @Test("a survey whose time to resume is over is incomplete, though not while its start can be repeated")
    func grace() {
        func status(_ now: UInt32) -> LinkStatus {
            LinkStatus(
                of: .started(at: UnixTime(rawValue: 90)), breakage: nil, expiry: .ofToken(UnixTime(rawValue: 100)),
                resume: .within(seconds: 1), at: UnixTime(rawValue: now))
        }
        #expect(status(149) == .surveyStarted && status(150) == .incomplete)
    }

    @Test("statuses are read in any case")
    func reading() {
        #expect(LinkStatus("email not sent") == .emailNotSent)
        #expect(LinkStatus("sent") == nil)
    }
}
