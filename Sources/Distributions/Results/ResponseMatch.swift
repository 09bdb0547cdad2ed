/// What a join found out about a response, in the words of the column Match.
public enum ResponseMatch: Hashable, Sendable {
    /// Its contact is known and joined with it.
    case contact(ResponseRemark)
    /// It is not joined with a contact.
    case none(ResponseMismatch)

    /// The stable name, as in the column Match and in JSON.
    public var name: String {
        switch self {
        case .contact(let remark): remark.rawValue
        case .none(let mismatch): mismatch.rawValue
        }
    }

    /// In the order in which they are reported.
    public static let all =
        ResponseRemark.allCases.map { Self.contact($0) } + ResponseMismatch.allCases.map { .none($0) }
}

/// What there is to know about a response whose contact is known. The first that applies is the answer, from the last
/// case up.
public enum ResponseRemark: String, Hashable, Sendable, CaseIterable {
    /// The first response of its link.
    case matched
    /// A further response of a link that has one.
    case repeated
    /// The session is genuine, but no edge whose records are known started it.
    case neverStarted = "never started"
    /// Its link was reopened since, so that another response counts.
    case beforeReopening = "before the link was reopened"
    /// It came after the time that people had to finish.
    case tooLate = "too late"
    /// It came after its link was revoked.
    case linkRevoked = "link revoked"
    /// It came after its distribution was deleted.
    case linkDeleted = "link deleted"
    /// It was begun and not submitted, as the survey tool says.
    case notSubmitted = "not submitted"
}

/// Why a response has no contact beside it.
public enum ResponseMismatch: String, Error, Hashable, Sendable, CaseIterable {
    case nothingThere = "nothing there"
    /// The text is not a session, or not a link.
    case noCredential = "not a session or link"
    /// It looks like a session or a link, but the key that it names did not sign it.
    case forged
    /// It may be genuine, but its key is not known here.
    case unknownKey = "unknown key"
    /// It came through a link that is for testing.
    case testLink = "test link"
    case unknownDistribution = "unknown distribution"
    /// It is genuine, of a distribution that was not asked for.
    case otherDistribution = "other distribution"
    /// No such contact, or an erased one.
    case unknownContact = "unknown contact"
    /// The session is genuine, but the response names another contact than the one whom it was issued to.
    case otherContact = "names another contact"
    /// The embedded data is not what the link was made for, or not what the response says.
    case embeddedDataMismatch = "embedded data differs"
}
