import Consumption
import LinkToken
import Testing

@testable import Distributions

@Suite struct LinkStatusTests {
    @Test(
        "a status follows from what was recorded, what was broken, and the time",
        arguments: [
            (LinkState.unused, false, 99, LinkStatus.emailNotSent),
            (.unused, false, 100, .linkExpired),
            (.unused, true, 99, .linkDeleted),
            (.unused, true, 100, .linkDeleted),
            (.started(at: UnixTime(rawValue: 90)), false, 99, .surveyStarted),
            (.started(at: UnixTime(rawValue: 90)), false, 589, .surveyStarted),
            (.started(at: UnixTime(rawValue: 90)), false, 590, .incomplete),
            (.started(at: UnixTime(rawValue: 90)), true, 99, .incomplete),
            (.finished(startedAt: UnixTime(rawValue: 90)), true, 5000, .surveyFinished),
        ])
    func status(state: LinkState, isBroken: Bool, now: UInt32, expected: LinkStatus) {
        let status = LinkStatus(
            of: state, isBroken: isBroken, expiry: .ofBundle(UnixTime(rawValue: 100)),
            resume: .within(seconds: 500), at: UnixTime(rawValue: now))
        #expect(status == expected)
    }

    @Test("a survey that can't be resumed stays started until it is finished or its link is broken")
    func neverResumed() {
        func status(_ now: UInt32, isBroken: Bool = false) -> LinkStatus {
            LinkStatus(
                of: .started(at: UnixTime(rawValue: 90)), isBroken: isBroken,
                expiry: .ofToken(UnixTime(rawValue: 100)), resume: .never, at: UnixTime(rawValue: now))
        }
        for now in [90, 91, 149, 150, 1_000_000] as [UInt32] { #expect(status(now) == .surveyStarted) }
        #expect(status(91, isBroken: true) == .incomplete)
    }

    @Test("a survey whose time to resume is over is incomplete, though not while its start can be repeated")
    func grace() {
        func status(_ now: UInt32) -> LinkStatus {
            LinkStatus(
                of: .started(at: UnixTime(rawValue: 90)), isBroken: false, expiry: .ofToken(UnixTime(rawValue: 100)),
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
