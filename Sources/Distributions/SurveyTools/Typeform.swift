extension SurveyTool {
    /// Hidden fields come after `#`, so browsers send them to no server.
    static let typeform = SurveyTool(
        id: "typeform", name: "Typeform",
        condition: { "the form has the hidden field \"\($0)\"" },
        isAddress: { $0.isHost("typeform.com") },
        check: { (review) in
            if review.url.isHost("typeform.com"), review.url.pathSegments.first != "to" {
                review.refuse(.notForRespondents(form: "https://form.typeform.com/to/FORM_ID"))
            }
            guard let inQuery = review.url.query.first(where: { $0.value == "{session}" }) else {
                return review.requireSession(inFragment: true)
            }
            review.doubt(.notInFragment(inQuery.text)) { (url) in
                url.query.removeAll { $0 == inQuery }
                url.fragment.set(inQuery.name, to: "{session}")
            }
            review.requireSession(inFragment: true)
        })
}
