extension SurveyTool {
    static let redcap = SurveyTool(
        id: "redcap", name: "REDCap",
        condition: { "the survey has a text field with the variable name \"\($0)\"" },
        isLikelyAddress: { $0.pathSegments.last { $0 != "index.php" } == "surveys" && $0["s"] != nil },
        check: { (review) in
            let segments = review.url.pathSegments.filter { $0 != "index.php" }
            if segments.last != "surveys" || review.url["s"] == nil {
                review.refuse(.notForRespondents(form: "https://HOST/surveys/?s=CODE"))
            }
            // Variable names of REDCap have no capitals.
            if let parameter = review.url.query.first(where: { $0.value == "{session}" }),
                parameter.name != parameter.name.lowercased()
            {
                let right = SurveyURLParts.Parameter(parameter.name.lowercased(), "{session}")
                review.refuse(.mustBe(parameter.text, expected: right.text)) { (url) in
                    url.query = url.query.map { $0 == parameter ? right : $0 }
                }
            }
            review.requireSession()
        })
}
