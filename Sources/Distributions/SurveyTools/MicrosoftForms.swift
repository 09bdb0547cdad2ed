extension SurveyTool {
    static let microsoftForms = SurveyTool(
        id: "microsoft-forms", name: "Microsoft Forms",
        condition: { "\($0) is the question for it" },
        isAddress: isOfMicrosoftForms,
        check: { (review) in
            let form = "https://forms.office.com/Pages/ResponsePage.aspx?id=FORM_ID&rQUESTION={session}"
            guard isOfMicrosoftForms(review.url) else { return review.refuse(.notForRespondents(form: form)) }
            switch review.url.pathSegments.first?.lowercased() {
            case "r", "e": return review.refuse(.shortened(form: form))
            case _ where review.url.path.lowercased() == "/pages/responsepage.aspx" && review.url["id"] != nil: break
            default: return review.refuse(.notForRespondents(form: form))
            }
            review.requireFilledQuestion { (name) in
                name.count > 1 && name.first == "r" && name.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
            }
        })

    private static let isOfMicrosoftForms: @Sendable (SurveyURLParts) -> Bool = { (url) in
        ["forms.office.com", "forms.cloud.microsoft", "forms.microsoft.com"].contains(url.host)
    }
}
