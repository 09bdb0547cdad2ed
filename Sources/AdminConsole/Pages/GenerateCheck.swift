import Consumption
import Distributions
import Encoding
import LinkToken
import Trust

/// What a draft comes to: who gets links, where they lead, and what is wrong.
struct CheckedDraft: Sendable {
    /// Nil if something is missing or wrong.
    var request: GenerateRequest?
    var problems = FormProblems()
    var survey: SurveyTool.CompletedURL?
    /// Nil if nobody is known yet.
    var recipients: SelectionPreview?
    var expiry: UnixTime?
    /// What may be meant, and should be known before links are made.
    var warnings: [LinkWarning] = []
    /// Links that people of the list have already, to the same survey.
    var earlier: [Distribution] = []
}

extension ConsoleService {
    /// Lists up to this size are counted while somebody fills in the form.
    private static let countLimit = 50_000

    /// - Parameter isSent: whether links are to be made now. What is still empty is a problem only then.
    func check(_ draft: GenerateDraft, isSent: Bool, _ call: Call) async throws -> CheckedDraft {
        var checked = CheckedDraft()
        let source = try await source(of: draft, call, &checked.problems)
        let selection = selection(of: draft, isSent: isSent, &checked.problems)
        if let source, let selection, checked.problems.areNone {
            checked.recipients = checked.problems.catching(
                draft.selection == .individuals ? "contacts" : "where-value"
            ) { try workspace.preview(of: source, selection, countingUpTo: Self.countLimit, at: call.now) }
            if isSent, let recipients = checked.recipients, recipients.first == nil {
                checked.problems.add("where-value", "no one matches your choices, so nobody would get a link")
            }
        }
        checkName(of: draft, isSent: isSent, &checked.problems)
        checked.survey = survey(of: draft, isSent: isSent, call, checked.recipients, &checked.problems)
        let base = try workspace.linkDefaults().baseURL
        if base == nil, isSent {
            checked.problems.add("base-url", "first, set the address of your links in the settings")
        }
        checked.expiry = checked.problems.catching("expires-number") { try draft.expiration.time(at: call.now) }
        let resume = checked.problems.catching("resume-number") { try draft.resume.policy() }
        checkData(of: draft, isSent: isSent, &checked.problems)

        guard let source, let selection, let survey = checked.survey, let base, let expiry = checked.expiry, let resume
        else { return checked }
        var request = GenerateRequest(
            name: draft.name.isEmpty ? "new" : draft.name, source: source, surveyURL: survey.template, baseURL: base,
            expiry: expiry,
            // Links are never stored: the spreadsheet is minted again when it is downloaded.
            output: "/dev/null")
        request.selection = selection
        request.tool = survey.tool
        request.resume = resume
        if draft.isInLink, !draft.fields.isEmpty { request.embeddedData = .inLink(fields: draft.fields) }
        request.spreadsheet.mailMerge = draft.target.mailMerge
        checked.warnings = try workspace.distributions.warnings(for: request, at: call.now)
        if case .list(let name) = draft.source, draft.notIn == nil {
            checked.earlier = try workspace.distributions.all().filter {
                $0.deletedAt == nil && !$0.expiry.hasPassed(at: call.now) && $0.origin.source == name
                    && $0.surveyURL == survey.template
            }
        }
        if isSent, checked.problems.areNone { checked.problems.catching("survey-url") { try request.check() } }
        if checked.problems.areNone { checked.request = request }
        return checked
    }

    private func source(
        of draft: GenerateDraft, _ call: Call, _ problems: inout FormProblems
    ) async throws -> ContactSource? {
        switch draft.source {
        case nil:
            problems.add("source", "choose whose contacts get links")
            return nil
        case .list(let name):
            return problems.catching("source") { .list(try workspace.contacts.list(named: name).name) }
        case .distribution(let id):
            guard let distribution = problems.catching("source", { try workspace.distributions.distribution(id) })
            else { return nil }
            return .distribution(id, try await uses(of: distribution, at: call.now))
        }
    }

    private func selection(
        of draft: GenerateDraft, isSent: Bool, _ problems: inout FormProblems
    ) -> ContactSelection? {
        var selection = ContactSelection()
        switch draft.selection {
        case .whole: break
        case .individuals:
            selection.contacts = draft.individuals
            if selection.contacts.isEmpty {
                if isSent { problems.add("contacts", "search for people and tick them, or paste their addresses") }
                return nil
            }
        case .sample:
            if draft.sample.isEmpty {
                if isSent { problems.add("sample", "say how many people, such as 250 or 5%") }
                return nil
            }
            guard let size = problems.catching("sample", { try SampleSize(draft.sample) }) else { return nil }
            selection.sample = size
        }
        switch (draft.condition.field.isEmpty, draft.condition.value.isEmpty) {
        case (true, true): break
        case (false, false): selection.conditions = [draft.condition]
        case (true, false):
            problems.add("where-value", "choose which field must be \"\(draft.condition.value)\"")
            return nil
        case (false, true):
            problems.add("where-value", "say what \(draft.condition.field) must be")
            return nil
        }
        if case .distribution = draft.source { selection.statuses = draft.statuses }
        if let other = draft.notIn { selection.notIn = [other] }
        return selection
    }

    private func checkName(of draft: GenerateDraft, isSent: Bool, _ problems: inout FormProblems) {
        guard !draft.name.isEmpty else {
            if isSent { problems.add("name", "give the distribution a name, by which you find it again") }
            return
        }
        problems.catching("name") {
            try Workspace.checkName(draft.name)
            if try workspace.distributions.all().contains(where: { $0.name == draft.name }) {
                throw NameTaken(name: draft.name)
            }
        }
    }

    private func survey(
        of draft: GenerateDraft, isSent: Bool, _ call: Call, _ recipients: SelectionPreview?,
        _ problems: inout FormProblems
    ) -> SurveyTool.CompletedURL? {
        let text: String
        if draft.survey == .sample {
            text = sampleSurveyURL(for: call)
        } else if draft.surveyURL.isEmpty {
            if isSent { problems.add("survey-url", "paste the address at which people answer your survey") }
            return nil
        } else {
            text = draft.surveyURL
        }
        return problems.catching("survey-url") {
            do {
                return try draft.survey.tool(for: text).complete(text, passing: draft.inLinkFields)
            } catch let error as SurveyURLTemplateError {
                if case .unknownField(let name, _) = error, recipients?.embeddedNames.contains(name) == true {
                    throw UnsentField(name: name)
                }
                throw error
            }
        }
    }

    private func checkData(of draft: GenerateDraft, isSent: Bool, _ problems: inout FormProblems) {
        guard draft.isInLink else { return }
        guard !draft.fields.isEmpty else {
            if isSent {
                problems.add("data", "tick what is to be in the link, or keep the data here")
            }
            return
        }
        problems.catching("data") { try EmbeddedDataMode.inLink(fields: draft.fields).checkNames() }
        if let known = namesInLink(of: draft.source), let unknown = draft.fields.first(where: { !known.contains($0) }) {
            problems.add("data", "these contacts have no \"\(unknown)\"; untick it")
        }
    }

    /// What can travel in the links of a source's contacts.
    func namesInLink(of source: GenerateDraft.Source?) -> [String]? {
        switch source {
        case nil: return nil
        case .list(let name):
            return (try? workspace.contacts.list(named: name)).map { namesInLink($0.fields, $0.embeddedNames) }
        case .distribution(let id):
            return (try? workspace.distributions.distribution(id)).map {
                namesInLink($0.contactFields, $0.embeddedNames)
            }
        }
    }

    /// Their own fields, but for the contact ID, which every link carries, and the embedded data.
    private func namesInLink(_ fields: Set<ContactField>, _ embeddedNames: [String]) -> [String] {
        let own = ["language", "email", "first_name", "last_name", "external_data_reference"].filter { (name) in
            ContactField(name).map(fields.contains) == true && !embeddedNames.contains { $0.lowercased() == name }
        }
        return own + embeddedNames
    }
}

extension GenerateDraft.Survey {
    /// The tool whose needs are met, for a survey at that address.
    fileprivate func tool(for text: String) -> SurveyTool {
        let template = try? SurveyURLTemplate(text.contains("://") ? text : "https://" + text)
        switch self {
        // The address of another tool is certainly one of that tool, whatever was chosen.
        case .tool(let id): return template.flatMap { SurveyTool.recognized(in: $0) } ?? SurveyTool(id: id) ?? .other
        case .other, .sample: return .other
        case .recognized: return template.flatMap { SurveyTool.likely(for: $0) } ?? .other
        }
    }
}

/// Two distributions of the same name would be told apart by their dates alone.
private struct NameTaken: Error, CustomStringConvertible {
    let name: String

    var description: String { "another distribution is already called \"\(name)\"; give this one another name" }
}

/// The survey URL has a field that contacts have, and that links don't carry.
private struct UnsentField: Error, CustomStringConvertible {
    let name: String

    var description: String {
        "the address uses {\(name)}, which the links don't carry; put \(name) in the link, under Data about the recipients"
    }
}
