import Trust

/// A program that asks the questions, and what it needs of the survey URL.
///
/// To add a tool, add a file with its value, list it in ``all``, and write its article.
///
/// ```swift
/// let review = SurveyTool(id: "limesurvey")?.review(try SurveyURLTemplate(text))
/// ```
public struct SurveyTool: Sendable {
    /// What commands call it, such as `google-forms`.
    public let id: String
    /// What its makers call it.
    public let name: String
    /// What must be so in the tool, and can't be seen from outside, for a parameter to be kept beside the response: a
    /// clause that follows "if".
    private let condition: @Sendable (_ parameter: String) -> String
    /// Whether the address is certainly one of this tool.
    private let isAddress: @Sendable (SurveyURLParts) -> Bool
    /// Whether it has the usual form of an address of this tool on a server of one's own.
    private let isLikelyAddress: @Sendable (SurveyURLParts) -> Bool
    private let check: @Sendable (inout SurveyURLReview) -> Void
    /// Which contact IDs the tool takes from such a URL. Nil when it takes all, or gets none.
    private let contactIDRule: @Sendable (SurveyURLParts) -> ContactIDRule?

    init(
        id: String, name: String, condition: @escaping @Sendable (_ parameter: String) -> String,
        isAddress: @escaping @Sendable (SurveyURLParts) -> Bool = { _ in false },
        isLikelyAddress: @escaping @Sendable (SurveyURLParts) -> Bool = { _ in false },
        check: @escaping @Sendable (inout SurveyURLReview) -> Void,
        contactIDRule: @escaping @Sendable (SurveyURLParts) -> ContactIDRule? = { _ in nil }
    ) {
        self.id = id
        self.name = name
        self.condition = condition
        self.isAddress = isAddress
        self.isLikelyAddress = isLikelyAddress
        self.check = check
        self.contactIDRule = contactIDRule
    }

    /// Every tool that linkseal knows.
    public static let all: [SurveyTool] = [
        limeSurvey, googleForms, microsoftForms, qualtrics, surveyMonkey, typeform, formbricks, redcap, tally, surveyJS,
    ]

    /// Nil unless it is the ID of a tool.
    public init?(id: String) {
        guard let tool = Self.all.first(where: { $0.id == id }) else { return nil }
        self = tool
    }

    /// The tool whose address this certainly is.
    public static func recognized(in template: SurveyURLTemplate) -> SurveyTool? {
        recognized(in: SurveyURLParts(template))
    }

    /// The tool whose address this is, by its host or, where the tool runs on anybody's server, by its form.
    public static func likely(for template: SurveyURLTemplate) -> SurveyTool? {
        let url = SurveyURLParts(template)
        return recognized(in: url) ?? all.first { $0.isLikelyAddress(url) }
    }

    private static func recognized(in url: SurveyURLParts) -> SurveyTool? { all.first { $0.isAddress(url) } }

    /// Checks that a survey URL has what the tool needs.
    public func review(_ template: SurveyURLTemplate) -> SurveyURLReview {
        let url = SurveyURLParts(template)
        var review = SurveyURLReview(tool: name, url: url)
        if let other = Self.recognized(in: url), other.id != id {
            review.refuse(.addressOf(tool: other.name, id: other.id))
        } else {
            check(&review)
        }
        return review
    }

    /// On what condition the tool keeps the session that arrives in this parameter: "the form has the hidden field …".
    public func conditionForKeeping(_ parameter: String) -> String { condition(parameter) }

    func contactIDRule(for template: SurveyURLTemplate) -> ContactIDRule? { contactIDRule(SurveyURLParts(template)) }
}

/// A tool is what its ID says.
extension SurveyTool: Hashable {
    public static func == (a: SurveyTool, b: SurveyTool) -> Bool { a.id == b.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Which contact IDs a tool takes.
struct ContactIDRule: Sendable {
    let tool: String
    /// The rule in words.
    let rule: String
    let accepts: @Sendable (String) -> Bool

    /// Nil when the tool takes the contact's ID.
    func fault(of contact: Contact) -> LinkError? {
        accepts(contact[.contactID]) ? nil : .contactIDNotTaken(tool: tool, rule: rule)
    }
}
