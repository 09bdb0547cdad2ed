extension SurveyTool {
    static let formbricks = SurveyTool(
        id: "formbricks", name: "Formbricks",
        condition: { "the survey has the hidden field \"\($0)\"" },
        isAddress: { $0.isHost("formbricks.com") },
        check: { (review) in
            let form = "https://HOST/s/SURVEY_ID"
            if review.url.pathSegments.contains("environments") {
                review.refuse(.notForRespondents(form: form))
            } else if review.url.pathSegments.dropLast().last != "s" {
                review.doubt(.unusualAddress(form: form))
            }
            review.requireSession()
        })
}
