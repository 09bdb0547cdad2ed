extension PageWords {
    static func english(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "Your survey is ready",
                "This link is personal to you. Please don’t pass it on: the answers given through it count as yours.",
                button: "Start the survey")
        case .resumable:
            PageWords(
                "Welcome back",
                "You have started this survey. You can go on with it now.",
                button: "Continue the survey")
        case .expired:
            PageWords(
                "This link has expired",
                "The time for starting this survey is over. If you would still like to take part, please ask whoever invited you."
            )
        case .finished:
            PageWords(
                "You have completed this survey",
                "Your answers have been received. There is nothing more to do. Thank you!")
        case .alreadyStarted:
            PageWords(
                "This survey has been started",
                "It can be opened only once. If that was not you, please tell whoever invited you.")
        case .windowOver:
            PageWords(
                "The time to continue is over",
                "This survey was started some time ago and can no longer be continued. If you would still like to take part, please ask whoever invited you."
            )
        case .withdrawn:
            PageWords(
                "This link is no longer valid",
                "It was withdrawn by whoever sent it. If you have received a newer invitation, please use that one.")
        case .invalid:
            PageWords(
                "This link does not work",
                "It may have been cut off or changed on its way. Please open it again from the original message, or copy it from beginning to end."
            )
        case .unavailable:
            PageWords(
                "Please try again in a moment",
                "Your link is not the problem: surveys can’t be opened just now. Nothing is lost, and you can reload this page shortly."
            )
        case .rateLimited:
            PageWords(
                "Please try again a little later",
                "Too many links that don’t work were opened from your network. Wait a minute, then open your link again."
            )
        case .done:
            PageWords("Thank you!", "Your answers have been received. You can close this page now.")
        case .sessionInvalid:
            PageWords(
                "We could not record the end of your survey",
                "The address of this page is incomplete or was changed. Please go back to the survey and submit it again."
            )
        case .notFound:
            PageWords(
                "There is nothing here", "Please check the address, or open the link from your invitation again.")
        }
    }
}
