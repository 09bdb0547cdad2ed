extension Language {
    static let english = Language("en") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Your survey is ready",
                "This link is personal to you. Please don’t share it: any answers given through it count as yours.",
                button: "Start the survey")
        case .resumable:
            PageWords(
                "Welcome back",
                "You have already started this survey and can still complete it.",
                button: "Continue the survey")
        case .expired:
            PageWords(
                "This link has expired",
                "It can no longer be used to start the survey. If you would still like to take part, please contact whoever invited you."
            )
        case .finished:
            PageWords(
                "You have completed this survey",
                "Your answers have been received, and there is nothing more to do. Thank you!")
        case .alreadyStarted:
            PageWords(
                "This survey has already been started",
                "It can be opened only once. If it wasn’t you who opened it, please tell whoever invited you.")
        case .windowOver:
            PageWords(
                "The time to finish this survey is over",
                "It was started some time ago and can no longer be continued. If you would still like to take part, please contact whoever invited you."
            )
        case .withdrawn:
            PageWords(
                "This link is no longer valid",
                "The sender has withdrawn it. If you have received a newer invitation, please use the link in that one."
            )
        case .invalid:
            PageWords(
                "This link does not work",
                "It may be incomplete: some email programs break long links. Please click the link in the original message, or copy the whole link, from the first character to the last, into your browser’s address bar. If that doesn’t help, please ask whoever invited you for a new link."
            )
        case .unavailable:
            PageWords(
                "Please try again in a moment",
                "The problem is on our side, not with your link, and nothing has been lost. Please reload this page in a minute or two."
            )
        case .rateLimited:
            PageWords(
                "Please try again in a minute",
                "Too many links that don’t work have been opened from your network. Please wait a minute, then open your link again. If it looks cut off, copy the whole link, from the first character to the last, into your browser’s address bar."
            )
        case .done:
            PageWords(
                "Thank you!",
                "Your answers have been received. You can close this page now.")
        case .sessionInvalid:
            PageWords(
                "We could not record that you finished",
                "The address of this page is incomplete or was changed. If you have submitted your answers, there is no need to do so again. Should you receive a reminder, please tell whoever invited you."
            )
        case .linkNeeded:
            PageWords(
                "Please open your personal link",
                "This survey can be opened only through the link in your invitation. If you have already opened it and see this page again, please allow cookies in your browser and try once more."
            )
        case .notFound:
            PageWords(
                "This page is not available",
                "Please check the address. If you were invited to a survey, open the link in your invitation, or copy the whole link, from the first character to the last, into your browser’s address bar."
            )
        }
    }
}
