extension SurveyTool {
    static let googleForms = SurveyTool(
        id: "google-forms", name: "Google Forms",
        condition: { "\($0) is the question that you made for this code" },
        isAddress: { $0.host == "forms.gle" || $0.host == "docs.google.com" && $0.pathSegments.contains("forms") },
        check: { (review) in
            let form = "https://docs.google.com/forms/d/e/FORM_ID/viewform?usp=pp_url&entry.NUMBER={session}"
            if review.url.host == "forms.gle" { return review.refuse(.shortened(form: form)) }
            guard review.url.host == "docs.google.com" else { return review.refuse(.notForRespondents(form: form)) }
            switch review.url.pathSegments.last {
            case "viewform": break
            case "formResponse":
                review.refuse(.mustBe("formResponse", expected: "viewform")) {
                    $0.path = $0.path.replacing("formResponse", with: "viewform")
                }
            default: return review.refuse(.notForRespondents(form: form))
            }
            review.requireFilledQuestion { $0.hasPrefix("entry.") }
            if review.url["usp"] != "pp_url" {
                review.doubt(.missing("usp=pp_url")) { $0.query.set("usp", to: "pp_url") }
            }
        })
}
