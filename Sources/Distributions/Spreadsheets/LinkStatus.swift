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
    /// All links were deleted, this one before it was used.
    case linkDeleted = "Link Deleted"
    /// The link was revoked before it was used.
    case linkRevoked = "Link Revoked"
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
    ///   - breakage: why the link was ended for good, if it was.
    ///   - expiry: when it expires.
    ///   - resume: how long a started survey may be resumed.
    ///   - now: when the status is asked for.
    public init(
        of state: LinkState, breakage: LinkBreakage?, expiry: LinkExpiry, resume: ResumePolicy, at now: UnixTime
    ) {
        switch state {
        case .finished:
            self = .surveyFinished
        case .started:
            // Without resuming there is no time after which a survey that is still open would have to be given up.
            let isOpen = resume == .never || state.isResumable(under: resume, at: now)
            self = breakage == nil && isOpen ? .surveyStarted : .incomplete
        case .unused:
            self =
                switch breakage {
                case .deleted: .linkDeleted
                case .revoked: .linkRevoked
                case nil: expiry.hasPassed(at: now) ? .linkExpired : .emailNotSent
                }
        }
    }
}

/// Why a link was ended for good.
public enum LinkBreakage: Hashable, Sendable {
    /// All links of its distribution were deleted.
    case deleted
    /// This one was revoked.
    case revoked
}
