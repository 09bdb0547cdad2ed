import Distributions

/// Statuses on pages. Files have the terms of Qualtrics, which fit where mail is sent.
extension LinkStatus {
    var title: String {
        switch self {
        case .emailNotSent: "Not started"
        case .surveyStarted: "Started"
        case .surveyFinished: "Finished"
        case .linkExpired: "Expired"
        case .linkDeleted: "Deleted"
        case .linkRevoked: "Revoked"
        case .incomplete: "Not finished"
        }
    }

    /// The colour of its tag.
    var mood: String {
        switch self {
        case .emailNotSent: "waiting"
        case .surveyStarted: "started"
        case .surveyFinished: "finished"
        case .linkExpired, .incomplete: "over"
        case .linkDeleted, .linkRevoked: "revoked"
        }
    }
}

/// `32 %` of links; less than a percent and more than nothing is said to be that.
func rate(_ count: Int, of links: Int) -> String {
    guard links > 0, count > 0 else { return "0\u{202F}%" }
    let percent = count * 100 / links
    return percent == 0 ? "<1\u{202F}%" : "\(percent)\u{202F}%"
}
