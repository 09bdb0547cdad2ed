import Consumption
import LinkToken

/// What has become of a contact's link, in the words of the spreadsheet.
public enum LinkStatus: String, Hashable, Sendable, CaseIterable, Codable {
    /// Nothing is known of the link being used. linkseal sends no mail, so this is where every link begins.
    case emailNotSent = "Email Not Sent"
    /// The survey was started, and its participant may still finish it.
    case surveyStarted = "Survey Started"
    case surveyFinished = "Survey Finished"
    /// The link expired before it was used.
    case linkExpired = "Link Expired"
    /// The link was deleted or revoked before it was used.
    case linkDeleted = "Link Deleted"
    /// The survey was started, not finished, and its time to finish is over, or its link was deleted or revoked.
    case incomplete = "Incomplete"

    /// Nil unless the text is a status, in any case.
    public init?(_ text: String) {
        guard let status = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            return nil
        }
        self = status
    }

    /// - Parameters:
    ///   - state: what the consumption log says of the link.
    ///   - isBroken: whether the link was deleted or revoked.
    ///   - expiry: when it expires.
    ///   - resume: how long a started survey may be resumed.
    ///   - now: when the status is asked for.
    public init(of state: LinkState, isBroken: Bool, expiry: LinkExpiry, resume: ResumePolicy, at now: UnixTime) {
        switch state {
        case .finished:
            self = .surveyFinished
        case .started:
            // Without resuming there is no time after which a survey that is still open would have to be given up.
            let isOpen = resume == .never || state.isResumable(under: resume, at: now)
            self = !isBroken && isOpen ? .surveyStarted : .incomplete
        case .unused:
            self = isBroken ? .linkDeleted : expiry.hasPassed(at: now) ? .linkExpired : .emailNotSent
        }
    }
}
