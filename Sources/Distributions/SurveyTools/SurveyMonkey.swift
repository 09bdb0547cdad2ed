extension SurveyTool {
    static let surveyMonkey = SurveyTool(
        id: "surveymonkey", name: "SurveyMonkey",
        condition: { "the survey has the custom variable \"\($0)\"" },
        isAddress: { $0.isHost("surveymonkey.com") },
        check: { (review) in
            if !["r", "s"].contains(review.url.pathSegments.first) {
                review.refuse(.notForRespondents(form: "https://www.surveymonkey.com/r/CODE"))
            }
            review.requireSession()
        })
}
