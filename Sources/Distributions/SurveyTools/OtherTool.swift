import Encoding
import Trust

extension SurveyTool {
    /// Any tool that linkseal doesn't know. It needs what ties a response to its recipient: the session, or the contact ID.
    ///
    /// It isn't among ``all``, since nothing in particular is known of it.
    public static let other = SurveyTool(
        id: "other", name: "another tool",
        condition: { "the survey has a hidden field or URL parameter called \"\($0)\"" },
        check: { (review) in
            let passesContact = review.url.text.contains("{contact_id}")
            if !review.url.text.contains("{session}"), !passesContact { review.requireSession() }
        })

    /// A survey URL with everything that the tool needs of it.
    public struct CompletedURL: Sendable {
        public let tool: SurveyTool
        public let template: SurveyURLTemplate
        /// The parameters that were added, such as `session={session}`, and those that replace others.
        public let added: [String]
        /// What the tool may not accept even so.
        public let review: SurveyURLReview
    }

    /// Puts what the tool needs into a survey URL, as it is copied from the tool.
    ///
    /// - Parameters:
    ///   - text: the URL, or a template. Without a scheme it is one of `https`.
    ///   - inLinkFields: the fields that travel in the link. Those that the URL doesn't use yet are added to it, so that the
    ///     survey gets them; all but the language, which is for the link's own pages.
    /// - Throws: `SurveyURLTemplateError`; ``DistributionsError/surveyURL(_:)`` if the tool can't use the URL and nobody can
    ///   tell what is meant.
    public func complete(_ text: String, passing inLinkFields: [String] = []) throws -> CompletedURL {
        let given = try SurveyURLTemplate(
            text.contains("://") ? text : "https://" + text, inLinkFields: inLinkFields)
        let review = review(given)
        if review.corrected == nil, !review.faults.isEmpty { throw DistributionsError.surveyURL(review) }
        let before = SurveyURLParts(given)
        var completed = SurveyURLParts(
            try SurveyURLTemplate(review.corrected ?? given.text, inLinkFields: inLinkFields))
        // Where a tool documents its parameters after #, they all belong there.
        let isInFragment = completed.fragment.contains { $0.value == "{session}" }
        for field in inLinkFields where field.lowercased() != "language" && !completed.text.contains("{\(field)}") {
            let name = field.percentEncoded
            if isInFragment {
                completed.fragment.set(name, to: "{\(field)}")
            } else {
                completed.query.set(name, to: "{\(field)}")
            }
        }
        let template = try SurveyURLTemplate(completed.text, inLinkFields: inLinkFields)
        let after = SurveyURLParts(template)
        let added =
            after.query.filter { !before.query.contains($0) } + after.fragment.filter { !before.fragment.contains($0) }
        return CompletedURL(tool: self, template: template, added: added.map(\.text), review: self.review(template))
    }
}
