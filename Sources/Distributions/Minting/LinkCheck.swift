import Encoding
import LinkToken
import Trust

/// Finds contacts whose links would not work, before any of them is sent.
struct LinkCheck {
    private let minting: LinkMinting
    private let surveyURL: SurveyURLCheck

    init(_ distribution: Distribution, tool: SurveyTool?, _ minting: LinkMinting) {
        self.minting = minting
        surveyURL = SurveyURLCheck(distribution, tool: tool, minting.minter.data)
    }

    func fault(of contact: Contact, at serial: Serial) throws(DistributionsError) -> LinkError? {
        if minting.minter.lengthBound(for: contact) > LinkLength.limit {
            let count = try minting.link(of: contact, at: serial).utf8.count
            if count > LinkLength.limit { return .tooLong(count: count, limit: LinkLength.limit) }
        }
        return surveyURL.fault(of: contact)
    }
}

/// Finds contacts whom a survey URL would lead to the wrong place.
struct SurveyURLCheck {
    private let data: EmbeddedDataCarrier
    private let pathSegments: [SurveyURLTemplate.PathSegment]
    private let contactIDRule: ContactIDRule?

    init(_ distribution: Distribution, tool: SurveyTool?, _ data: EmbeddedDataCarrier) {
        self.data = data
        pathSegments = distribution.surveyURL.pathSegmentsWithFields
        contactIDRule = tool?.contactIDRule(for: distribution.surveyURL)
    }

    /// Whether any contact can have a fault.
    var dependsOnContacts: Bool { !pathSegments.isEmpty || contactIDRule != nil }

    func fault(of contact: Contact) -> LinkError? {
        if let fault = contactIDRule?.fault(of: contact) { return fault }
        for segment in pathSegments {
            let value = { (field: String) in
                field == "contact_id" ? contact[.contactID] : data.value(field, of: contact)
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
            "the link would have \(count) characters, but edges accept at most \(limit); put fewer or shorter fields in it"
        case .dotSegment(let field, let value):
            "{\(field)} is \"\(value)\", and browsers remove such a segment from the survey URL's path;"
                + " change the value, or move {\(field)} into the query"
        case .contactIDNotTaken(let tool, let rule):
            "\(tool) does not accept the contact ID: \(rule); give the contact another one"
        }
    }
}

/// What a person should know of links before they are sent. It stops nothing.
public enum LinkWarning: Hashable, Sendable {
    /// Edges serve links at another path than the base URL's. A proxy in front of them may rewrite it.
    case pathNotServed(LinkBaseURL)
    /// The survey URL passes neither the session nor the contact ID.
    case responsesNotIdentified
    /// The survey URL does not pass the session.
    case sessionNotPassed
    /// The contacts come from a distribution whose links still work.
    case earlierLinksWork(Distribution)
    /// Another distribution has the name that was asked for.
    case nameTaken(asked: String, given: String)
    /// A sample was asked for of more contacts than can be drawn, so all of them were taken.
    case sampleTooLarge(asked: Int, available: Int)
    /// Contacts without a value for a field in the link.
    case fieldEmpty(String, contacts: Int)
    case longLinks(LinkLengths)
    /// Embedded-data fields of added contacts that no earlier contact has.
    case newFields([String])
    /// The survey tool may not take the survey URL as it was given.
    case surveyURL(SurveyURLReview)
    /// The time to finish is shorter than people who have started were given.
    case timeToFinishShortened(ResumePolicy)
}

extension LinkWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .pathNotServed(let base):
            "edges serve links at \(base.atServedPath.text), not at \(base.text);"
                + " the links work only if a proxy rewrites the path"
        case .responsesNotIdentified:
            "the survey URL passes neither {session} nor {contact_id}, so responses can't be matched to contacts,"
                + " and the survey tool can't report finished responses"
        case .sessionNotPassed:
            "the survey URL does not pass {session}, so the survey tool can't report finished responses"
        case .earlierLinksWork(let earlier):
            "the links of \"\(earlier.name)\" still work, so each of these contacts has two working links"
        case .nameTaken(let asked, let given):
            "there is a distribution \"\(asked)\" already, so this one is called \"\(given)\""
        case .sampleTooLarge(let asked, let available):
            "a sample of \(asked) was requested, but there are only \(available); all of them were taken"
        case .fieldEmpty(let name, let contacts):
            counted(contacts, "contact has no", "contacts have no") + " \"\(name)\", so their links don't carry it"
        case .longLinks(let lengths):
            counted(lengths.exceeding, "link is", "links are")
                + " longer than \(lengths.limit) characters; the longest has \(lengths.longest)"
        case .newFields(let names):
            "earlier contacts of the distribution have no " + names.map { "\"\($0)\"" }.joined(separator: ", ")
        case .surveyURL(let review):
            "\(review.tool) may not accept the survey URL: "
                + review.doubts.map(\.description).joined(separator: "; ")
        case .timeToFinishShortened(let resume):
            "people who "
                + (resume == .never ? "have started" : "started more than \(resume.text) ago")
                + " can no longer come back to finish"
        }
    }
}

extension GenerateRequest {
    /// Refuses what no links can be made of, whatever the contacts.
    ///
    /// - Throws: ``DistributionsError``.
    public func check() throws(DistributionsError) {
        try Workspace.checkName(name)
        try embeddedData.checkNames()
        try tool?.check(surveyURL)
    }
}

extension SurveyTool {
    /// - Throws: ``DistributionsError/surveyURL(_:)`` if the tool can't use the survey URL.
    func check(_ surveyURL: SurveyURLTemplate) throws(DistributionsError) {
        let review = review(surveyURL)
        if !review.faults.isEmpty { throw .surveyURL(review) }
    }
}

extension SurveyURLTemplate {
    /// What may go wrong with it, where the survey tool may be known.
    func warnings(for tool: SurveyTool?) -> [LinkWarning] {
        var warnings: [LinkWarning] = []
        if !identifiesResponses {
            warnings.append(.responsesNotIdentified)
        } else if !passesSession {
            warnings.append(.sessionNotPassed)
        }
        if let review = tool?.review(self), !review.doubts.isEmpty { warnings.append(.surveyURL(review)) }
        return warnings
    }
}

extension DistributionLibrary {
    /// What is known of the links that a request asks for before any is made.
    public func warnings(
        for request: GenerateRequest, at now: UnixTime
    ) throws(DistributionsError) -> [LinkWarning] {
        var warnings: [LinkWarning] = []
        if request.baseURL != request.baseURL.atServedPath { warnings.append(.pathNotServed(request.baseURL)) }
        warnings += request.surveyURL.warnings(for: request.tool)
        if case .distribution(let id, _) = request.source {
            let earlier = try distribution(id)
            if earlier.deletedAt == nil, !earlier.isClosed(at: now) { warnings.append(.earlierLinksWork(earlier)) }
        }
        return warnings
    }
}
