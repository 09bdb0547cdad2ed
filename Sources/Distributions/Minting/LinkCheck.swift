import LinkToken
import Trust

/// Finds contacts whose links would not work, before any of them is sent.
struct LinkCheck {
    private let minting: LinkMinting
    private let pathSegments: [SurveyURLTemplate.PathSegment]
    private let contactIDRule: ContactIDRule?

    init(_ distribution: Distribution, tool: SurveyTool?, _ minting: LinkMinting) {
        self.minting = minting
        pathSegments = distribution.surveyURL.pathSegmentsWithFields
        contactIDRule = tool?.contactIDRule(for: distribution.surveyURL)
    }

    func fault(of contact: Contact, at serial: Serial) throws(DistributionsError) -> LinkError? {
        if let fault = contactIDRule?.fault(of: contact) { return fault }
        if minting.minter.lengthBound(for: contact) > LinkLength.limit {
            let count = try minting.link(of: contact, at: serial).utf8.count
            if count > LinkLength.limit { return .tooLong(count: count, limit: LinkLength.limit) }
        }
        for segment in pathSegments {
            let value = { (field: String) in
                field == "contact_id" ? contact[.contactID] : minting.minter.data.value(field, of: contact)
            }
            if segment.isDotSegment(value) {
                return .dotSegment(field: segment.field, value: value(segment.field) ?? "")
            }
        }
        return nil
    }
}

/// Why a contact's link would not work.
public enum LinkError: Hashable, Sendable {
    /// Edges would refuse it. In characters.
    case tooLong(count: Int, limit: Int)
    /// A whole segment of the survey URL's path would be `.` or `..`, which browsers remove.
    case dotSegment(field: String, value: String)
    /// The survey tool would not take the contact ID. With the rule for it.
    case contactIDNotTaken(tool: String, rule: String)
}

extension LinkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong(let count, let limit):
            "the link would have \(count) characters, and edges take \(limit); let fewer or shorter fields travel in it"
        case .dotSegment(let field, let value):
            "{\(field)} is \"\(value)\", and browsers remove such a segment from the survey URL's path;"
                + " change the value, or move {\(field)} into the query"
        case .contactIDNotTaken(let tool, let rule):
            "\(tool) does not take the contact ID: \(rule); give the contact another one"
        }
    }
}
