extension SurveyTool {
    /// A library: its survey is a page of one's own, at any address.
    static let surveyJS = SurveyTool(
        id: "surveyjs", name: "SurveyJS",
        condition: { "the page copies the parameter \"\($0)\" into the response" },
        check: { $0.requireSession() })
}
