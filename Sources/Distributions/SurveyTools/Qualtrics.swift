extension SurveyTool {
    static let qualtrics = SurveyTool(
        id: "qualtrics", name: "Qualtrics",
        condition: { "the survey flow declares the embedded data field \"\($0)\"" },
        isAddress: { $0.isHost("qualtrics.com") },
        check: { (review) in
            if review.url.path.hasPrefix("/jfe/preview/SV_") {
                review.refuse(.mustBe("/jfe/preview/", expected: "/jfe/form/")) {
                    $0.path = $0.path.replacing("/preview/", with: "/form/")
                }
            } else if !review.url.path.hasPrefix("/jfe/form/SV_") {
                review.refuse(.notForRespondents(form: "https://BRAND.qualtrics.com/jfe/form/SV_SURVEY_ID"))
            }
            review.requireSession()
        })
}
