import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// Generating links.
extension ConsoleService {
    func showGenerate(_ call: Call) throws -> Response {
        var draft = GenerateDraft(call.query)
        if let last = try workspace.distributions.all().last {
            // What one survey's links began with, the next one's do.
            draft.baseURL = last.baseURL.text
        }
        return try generatePage(call, draft, problem: nil)
    }

    func generate(_ call: Call) throws -> Response {
        let draft = GenerateDraft(call.form)
        switch call.form["action"] {
        case "search", "preview": return try generatePage(call, draft, problem: nil)
        default: break
        }
        do {
            let request = try draft.request(at: call.now)
            try request.check()
            let count = try workspace.contacts.list(named: draft.list).contacts
            let id = try startGenerating(
                request, total: draft.selection == .whole ? count : nil, tool: draft.tool, call)
            return .seeOther("/jobs/\(id)")
        } catch let error as any CustomStringConvertible & Error {
            guard !(error is ConsoleRefusal) else { throw error }
            return try generatePage(call, draft, problem: error.description)
        }
    }

    /// What the script shows while somebody types.
    func preview(_ call: Call) throws -> Response {
        struct Preview: Encodable {
            var target, contact, expires, problem, warnings: String
        }
        let preview = try self.preview(of: GenerateDraft(call.form), at: call.now)
        return try .json(
            Preview(
                target: preview.target, contact: preview.contact, expires: preview.expires, problem: preview.problem,
                warnings: preview.warnings))
    }

    private func startGenerating(
        _ request: GenerateRequest, total: Int?, tool: MailMerge?, _ call: Call
    ) throws -> Job.ID {
        let (user, address) = (call.user, call.origin.address)
        return try jobs.start(.generate, request.name, total: total, by: user, at: call.now) {
            [self, request] (report) in
            let now = clock()
            let workspace = jobWorkspace
            do {
                var keyring = try workspace.keyring()
                let key = try keyring.signingKey(passphrase: configuration.passphrase)
                let (distribution, found) = try await workspace.distributions.generate(request, key: key, at: now) {
                    report($0.done, $0.total, $0.timeLeft)
                }
                try record(
                    .generated, by: user, from: address, distribution: distribution.id, name: distribution.name,
                    detail: "\(distribution.contacts) links")
                let links = try workspace.distributions.warnings(for: request, at: now) + found.warnings
                var warnings = found.contacts.warnings.map(\.description) + links.map(\.description)
                do {
                    keyring = try workspace.keyring()
                    if try workspace.publishIfPossible(
                        keyring, passphrase: configuration.passphrase, at: clock()) == nil
                    {
                        warnings.append(Self.unpublished)
                    }
                } catch {
                    warnings.append("edges don't know yet: \(Self.advised(error)); then publish on the page Keys")
                }
                return .made(distribution, tool: tool, warnings: warnings)
            } catch {
                try? record(.generationFailed, by: user, from: address, name: request.name)
                return .failed("\(error)")
            }
        }
    }

    private func generatePage(_ call: Call, _ draft: GenerateDraft, problem: String?) throws -> Response {
        let lists = try workspace.contacts.lists()
        let list = lists.first { $0.name == draft.list }
        let preview = try preview(of: draft, at: call.now)
        let found = list == nil || draft.search.isEmpty ? [] : try matches(draft.search, in: list!, limit: 20)
        let chosen = draft.contacts
        return page(
            "generate", "Generate links", in: .links,
            [
                "hasLists": !lists.isEmpty, "hasList": list != nil, "hasNoList": list == nil,
                "lists": lists.map {
                    [
                        "name": $0.name, "contacts": grouped($0.contacts), "isChosen": $0.name == draft.list,
                    ] as [String: Any]
                },
                "list": draft.list, "listCount": grouped(list?.contacts ?? 0), "name": draft.name,
                "isWhole": draft.selection == .whole, "isIndividuals": draft.selection == .individuals,
                "isSample": draft.selection == .sample, "sample": draft.sample, "search": draft.search,
                "hasSearched": !draft.search.isEmpty, "hasFound": !found.isEmpty,
                "found": found.filter { !chosen.contains($0[.contactID]) }.map(Self.fields(of:)),
                "chosen": chosen.map { ["id": $0] }, "hasChosen": !chosen.isEmpty,
                "expires": draft.expires, "resume": draft.resume, "tools": Self.tools(draft.tool),
                "surveyURL": draft.surveyURL, "baseURL": draft.baseURL,
                "isSealed": draft.inLink == nil, "isInLink": draft.inLink != nil,
                "fields": (list?.namesInLink ?? []).map {
                    ["name": $0, "isChosen": draft.fields.contains($0)] as [String: Any]
                },
                "target": preview.target, "previewContact": preview.contact, "previewExpires": preview.expires,
                "previewProblem": preview.problem, "previewWarnings": preview.warnings,
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    static func fields(of contact: Contact) -> [String: Any] {
        let name = [contact.firstName, contact.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return [
            "id": contact[.contactID], "name": name, "email": contact.email,
            "label": [name, contact.email, contact[.contactID]].filter { !$0.isEmpty }.joined(separator: ", "),
        ]
    }

    private func matches(_ search: String, in list: ContactList, limit: Int) throws -> [Contact] {
        var found: [Contact] = []
        try workspace.contacts.forEachContact(of: list) { (contact) throws(DistributionsError) in
            if contact.isFound(by: search) { found.append(contact) }
            return found.count < limit
        }
        return found
    }

    private struct Preview {
        var target = ""
        var contact = ""
        var expires = ""
        var problem = ""
        /// What may be meant, and should be known before links are made.
        var warnings = ""
    }

    /// Where the first link will lead, and what is wrong so far. Empty fields aren't errors yet.
    private func preview(of draft: GenerateDraft, at now: UnixTime) throws -> Preview {
        var preview = Preview()
        if draft.surveyURL.isEmpty { preview.contact = "type a survey URL to see it" }
        if let list = try? workspace.contacts.list(named: draft.list) {
            var first: Contact?
            try workspace.contacts.forEachContact(of: list) { (contact) throws(DistributionsError) in
                let isFirst =
                    draft.selection != .individuals || draft.contacts.isEmpty
                    || draft.contacts.contains(contact[.contactID])
                if isFirst { first = contact }
                return first == nil
            }
            if let first, !draft.surveyURL.isEmpty {
                preview.contact = Self.fields(of: first)["label"] as? String ?? ""
                do throws(SurveyURLTemplateError) {
                    let template = try SurveyURLTemplate(draft.surveyURL, inLinkFields: draft.inLink ?? [])
                    let value = { (field: String) -> String? in
                        switch field {
                        case "contact_id": first[.contactID]
                        case "session": "SESSION"
                        case "distribution": "0123456789abcdef"
                        case "serial": "0"
                        default: (try? DataField(field, embeddedNames: list.embeddedNames))?.value(of: first)
                        }
                    }
                    preview.target = template.expanded(value)
                    if let segment = template.pathSegmentsWithFields.first(where: { $0.isDotSegment(value) }) {
                        let fault = LinkError.dotSegment(field: segment.field, value: value(segment.field) ?? "")
                        preview.problem = Self.sentence(fault.description)
                    }
                } catch {
                    preview.problem = Self.sentence(error.description)
                }
            }
        }
        do throws(DistributionsError) {
            preview.expires = try Expiration(draft.expires, now: now).time.short
            if preview.problem.isEmpty, !draft.baseURL.isEmpty { _ = try LinkBaseURL(draft.baseURL) }
            if preview.problem.isEmpty, draft.selection == .sample, !draft.sample.isEmpty {
                _ = try SampleSize(draft.sample)
            }
            if preview.problem.isEmpty, ResumePolicy(draft.resume) == nil {
                throw GenerateDraft.unusableResume(draft.resume)
            }
            if preview.problem.isEmpty, let inLink = draft.inLink {
                try EmbeddedDataMode.inLink(fields: inLink).checkNames()
            }
        } catch {
            preview.problem = Self.sentence(error.description)
        }
        if preview.problem.isEmpty, !draft.surveyURL.isEmpty, !draft.baseURL.isEmpty,
            let request = try? draft.request(at: now)
        {
            preview.warnings = try workspace.distributions.warnings(for: request, at: now)
                .map { Self.sentence($0.description) }.joined(separator: " ")
        }
        return preview
    }
}

/// What was typed into the form so far.
struct GenerateDraft: Sendable {
    enum Selection: String, Sendable {
        case whole, individuals, sample
    }

    var list, name, sample, search, expires, resume, surveyURL, baseURL: String
    var selection: Selection
    /// Contact IDs.
    var contacts: [String]
    /// Whose headings the spreadsheet shall have.
    var tool: MailMerge?
    /// Fields that are ticked, whether they are to travel or not.
    var fields: [String]
    /// The fields that travel in the link; nil when the data stays sealed.
    var inLink: [String]?

    init(_ form: FormFields) {
        func text(_ name: String, _ preset: String = "") -> String {
            let text = form[name].trimmed
            return text.isEmpty ? preset : text
        }
        (list, name, sample, search) = (form["list"], text("name"), text("sample"), text("search"))
        (resume, tool) = (text("resume", ResumePolicy.standard.text), MailMerge(id: form["tool"]))
        (expires, surveyURL, baseURL) = (text("expires", Expiration.standard), text("survey-url"), text("base-url"))
        selection = Selection(rawValue: form["selection"]) ?? .whole
        var seen: Set<String> = []
        contacts = form.all("contact").filter { seen.insert($0).inserted }
        fields = form.all("field")
        inLink = form["data"] == "in-link" ? fields : nil
    }

    static func unusableResume(_ text: String) -> DistributionsError {
        .invalid(
            what: "time to go on", value: text, expected: "days such as 7d, hours such as 12h, never or always")
    }

    /// - Throws: what can't be used, as the command does.
    func request(at now: UnixTime) throws -> GenerateRequest {
        // Links are never stored: the spreadsheet is minted again when it is downloaded.
        var request = GenerateRequest(
            name: name, source: .list(list),
            surveyURL: try SurveyURLTemplate(surveyURL, inLinkFields: inLink ?? []),
            baseURL: try LinkBaseURL(baseURL), expiry: try Expiration(expires, now: now).time, output: "/dev/null")
        guard let resume = ResumePolicy(resume) else { throw Self.unusableResume(resume) }
        request.resume = resume
        request.spreadsheet.mailMerge = tool
        if let inLink, !inLink.isEmpty { request.embeddedData = .inLink(fields: inLink) }
        switch selection {
        case .whole: break
        case .individuals:
            guard !contacts.isEmpty else {
                throw DistributionsError.invalid(
                    what: "selection", value: "individuals", expected: "at least one ticked contact")
            }
            request.selection.contacts = contacts
        case .sample: request.selection.sample = try SampleSize(sample)
        }
        return request
    }
}

extension ContactList {
    /// What can travel in the links of its contacts: their own fields, but for the contact ID, which every link carries,
    /// and the embedded data.
    fileprivate var namesInLink: [String] {
        let own = ["language", "email", "first_name", "last_name", "external_data_reference"].filter { (name) in
            ContactField(name).map(fields.contains) == true && !embeddedNames.contains { $0.lowercased() == name }
        }
        return own + embeddedNames
    }
}
