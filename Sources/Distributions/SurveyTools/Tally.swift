extension SurveyTool {
    static let tally = SurveyTool(
        id: "tally", name: "Tally",
        condition: { "the form has the hidden field \"\($0)\"" },
        isAddress: { $0.isHost("tally.so") },
        check: { (review) in
            if review.url.isHost("tally.so"), !["r", "embed"].contains(review.url.pathSegments.first) {
                review.refuse(.notForRespondents(form: "https://tally.so/r/FORM_ID"))
            }
            review.requireSession()
        })
}
