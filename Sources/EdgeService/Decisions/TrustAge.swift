import LinkToken
import Trust

/// How old the bundle in force is, against the time at which its next one was due.
enum TrustAge: String, Hashable, Sendable {
    /// The next bundle is not due yet.
    case current
    /// The next bundle is overdue: an edge may be kept from it. It goes on and says so.
    case overdue
    /// It is so overdue that revocations may be missing for days. The edge stops.
    case tooOld = "too_old"

    /// - Parameter grace: seconds past the due time during which the edge goes on.
    init(of bundle: TrustBundle, at now: UnixTime, grace: UInt32) {
        if now < bundle.nextUpdate {
            self = .current
        } else if now < bundle.nextUpdate.adding(seconds: grace) {
            self = .overdue
        } else {
            self = .tooOld
        }
    }
}
