import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// Generating links.
extension ConsoleService {
    private static let foundLimit = 20

    func showGenerate(_ call: Call) async throws -> Response {
        var form = call.query
        // What was entered for links that could not be made.
        if let job = jobs.job(call.query["job"]), let earlier = job.form, job.user == call.user { form = earlier }
        return try await generatePage(call, try draft(form), isSent: false)
    }

    func generate(_ call: Call) async throws -> Response {
        let draft = try draft(call.form)
        guard call.form["action"] == "generate", draft.source != nil else {
            return try await generatePage(call, draft, isSent: call.form["action"] == "generate")
        }
        // A double click sends the form twice.
        if let job = jobs.job(startedBy: call.form.withoutToken, of: call.user) { return .seeOther("/jobs/\(job.id)") }
        // Without scripts, the rest of the page is still about the contacts that were chosen before.
        guard draft.source?.text == draft.shownSource else {
            return try await generatePage(
                call, draft, isSent: false,
                notice: "You chose other contacts. Look at what is filled in for them, then generate.")
        }
        let checked = try await check(draft, isSent: true, call)
        guard let request = checked.request else { return try generatePage(call, draft, checked, isSent: true) }
        return .seeOther("/jobs/\(try startGenerating(request, draft, total: checked.recipients?.count, call))")
    }

    /// A form that has not asked for the survey tool yet begins with the usual one.
    private func draft(_ form: FormFields) throws -> GenerateDraft {
        var draft = GenerateDraft(form)
        if !form.has("survey-tool"), let tool = try workspace.linkDefaults().tool { draft.survey = .tool(tool.id) }
        let lists = draft.source == nil ? try workspace.contacts.lists() : []
        if lists.count == 1, try workspace.distributions.all().isEmpty { draft.source = .list(lists[0].name) }
        return draft
    }

    /// What the script shows while somebody types.
    func preview(_ call: Call) async throws -> Response {
        struct Preview: Encodable {
            var outputs, problems: [String: String]
        }
        let draft = GenerateDraft(call.form)
        let checked = try await check(draft, isSent: false, call)
        return try .json(
            Preview(
                outputs: outputs(of: draft, checked, locale: call.excelLocale), problems: checked.problems.byField))
    }

    private func startGenerating(
        _ request: GenerateRequest, _ draft: GenerateDraft, total: Int?, _ call: Call
    ) throws -> Job.ID {
        let (user, address, target) = (call.user, call.origin.address, draft.target)
        return try jobs.start(
            .generate, request.name, total: total, by: user, at: call.now, form: call.form.withoutToken
        ) { [self, request] (report) in
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
                return .made(distribution, target: target, longest: found.longestLink, warnings: warnings)
            } catch {
                try? record(.generationFailed, by: user, from: address, name: request.name)
                return .failed(Self.advised(error))
            }
        }
    }

    private func generatePage(
        _ call: Call, _ draft: GenerateDraft, isSent: Bool, notice: String? = nil
    ) async throws -> Response {
        try generatePage(call, draft, await check(draft, isSent: isSent, call), isSent: isSent, notice: notice)
    }

    /// - Parameter isSent: whether links were to be made. Problems are shown at the top only then.
    private func generatePage(
        _ call: Call, _ draft: GenerateDraft, _ checked: CheckedDraft, isSent: Bool, notice: String? = nil
    ) throws -> Response {
        let lists = try workspace.contacts.lists()
        let distributions = try workspace.distributions.all().filter { $0.archivedAt == nil }.reversed()
        let people = try people(for: draft)
        let names = namesInLink(of: draft.source) ?? []
        let hasSource = draft.source != nil && checked.problems["source"] == nil
        var problems = checked.problems
        if draft.source == nil, !isSent { problems = FormProblems() }
        var fields: [String: Any] = [
            "hasSources": !lists.isEmpty || !distributions.isEmpty, "hasSource": hasSource,
            "shownSource": draft.source?.text ?? "", "formID": draft.formID.isEmpty ? try randomText(12) : draft.formID,
            "lists": lists.map { option(.list($0.name), $0.name, $0.contacts, draft) },
            "hasDistributions": !distributions.isEmpty,
            "distributions": distributions.map { option(.distribution($0.id), $0.name, $0.contacts, draft) },
            "otherDistributions": distributions.map {
                ["id": "\($0.id)", "name": $0.name, "isExcluded": $0.id == draft.notIn] as [String: Any]
            },
            "isWhole": draft.selection == .whole, "isIndividuals": draft.selection == .individuals,
            "isSample": draft.selection == .sample, "sample": draft.sample, "search": draft.search,
            "hasSearched": !draft.search.isEmpty, "found": people.found.map(Self.fields(of:)),
            "hasFound": !people.found.isEmpty, "hasMore": people.hasMore, "shownCount": Self.foundLimit,
            "chosen": people.chosen.map(Self.fields(of:)), "hasChosen": !people.chosen.isEmpty, "pasted": draft.pasted,
            "conditionFields":
                (names.contains(draft.condition.field) || draft.condition.field.isEmpty
                ? names : names + [draft.condition.field]).map {
                    ["name": $0, "isChosen": $0 == draft.condition.field] as [String: Any]
                },
            "whereValue": draft.condition.value, "isOfDistribution": draft.isOfDistribution,
            "statuses": LinkStatus.allCases.map {
                ["value": $0.rawValue, "title": $0.title, "isChosen": draft.statuses.contains($0)] as [String: Any]
            },
            "name": draft.name, "surveyURL": draft.surveyURL, "surveyTools": try surveyTools(draft),
            "isOtherTool": draft.survey == .other, "isSampleSurvey": draft.survey == .sample,
            "expiration": draft.expiration.fields(problem: problems["expires-number"], at: call.now),
            "tools": SpreadsheetTarget.choices(draft.target), "isInLink": draft.isInLink,
            "fields": names.map { ["name": $0, "isChosen": draft.fields.contains($0)] as [String: Any] },
            "hasNotice": notice != nil, "notice": notice ?? "",
        ]
        fields.merge(draft.resume.fields) { $1 }
        fields.merge(problems.fields) { $1 }
        // A form that nobody has sent yet is told of its problems field by field.
        if !isSent { fields["hasProblems"] = false }
        let base = try workspace.linkDefaults().baseURL
        fields["hasBaseURL"] = base != nil
        fields["baseURL"] = base?.text ?? ""
        let outputs = outputs(of: draft, checked, locale: call.excelLocale)
        for (name, key) in Self.outputKeys { fields[key] = outputs[name] ?? "" }
        return page(
            "generate", "Generate links", in: .links, fields, for: call.session,
            status: isSent && !problems.areNone ? .unprocessableContent : .ok)
    }

    /// The outputs that the script fills, and what the template calls them.
    private static let outputKeys = [
        "recipients": "recipients", "contact": "previewContact", "target": "target", "needs": "needs",
        "expires": "expiresText", "merge": "merge", "warnings": "warnings",
    ]

    private func option(
        _ source: GenerateDraft.Source, _ name: String, _ contacts: Int, _ draft: GenerateDraft
    ) -> [String: Any] {
        ["value": source.text, "name": name, "contacts": grouped(contacts), "isChosen": source == draft.source]
    }

    private func surveyTools(_ draft: GenerateDraft) throws -> [[String: Any]] {
        SurveyTool.all.map {
            ["value": $0.id, "title": $0.name, "isChosen": draft.survey == .tool($0.id)]
        }
    }

    static func fields(of contact: Contact) -> [String: Any] {
        let name = [contact.firstName, contact.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return [
            "id": contact[.contactID], "name": name, "email": contact.email,
            "label": [name, contact.email, contact[.contactID]].filter { !$0.isEmpty }.joined(separator: ", "),
        ]
    }

    /// Those who were ticked, and those whom the search finds besides.
    private func people(
        for draft: GenerateDraft
    ) throws -> (chosen: [Contact], found: [Contact], hasMore: Bool) {
        var missing = Set(draft.contacts)
        var (chosen, found): ([Contact], [Contact]) = ([], [])
        guard draft.selection == .individuals, !missing.isEmpty || !draft.search.isEmpty else { return ([], [], false) }
        let ticked = missing
        var isSearching = !draft.search.isEmpty
        let look = { (contact: Contact) -> Bool in
            if missing.remove(contact[.contactID]) != nil { chosen.append(contact) }
            if isSearching, !ticked.contains(contact[.contactID]), contact.isFound(by: draft.search) {
                found.append(contact)
                isSearching = found.count <= Self.foundLimit
            }
            return !missing.isEmpty || isSearching
        }
        switch draft.source {
        case nil: break
        case .list(let name):
            guard let list = try? workspace.contacts.list(named: name) else { break }
            if isSearching {
                // It goes by the bytes of rows, and is several times as fast.
                let limit = Self.foundLimit + 1 + ticked.count
                found = try workspace.contacts.contacts(of: list, finding: draft.search) { 0..<min($0, limit) }.contacts
                    .filter { !ticked.contains($0[.contactID]) }
                isSearching = false
            }
            if !missing.isEmpty { try workspace.contacts.forEachContact(of: list) { look($0) } }
        case .distribution(let id):
            let search = missing.isEmpty ? draft.search : ""
            try workspace.distributions.forEachContact(of: id, finding: search) { _ in
                true
            } _: { (contact, _) in
                look(contact)
            }
        }
        return (chosen, Array(found.prefix(Self.foundLimit)), found.count > Self.foundLimit)
    }

    /// What the draft comes to, in words.
    private func outputs(
        of draft: GenerateDraft, _ checked: CheckedDraft, locale: ExcelLocale
    ) -> [String: String] {
        var outputs: [String: String] = [:]
        if let recipients = checked.recipients {
            outputs["recipients"] =
                recipients.first == nil
                ? "No one matches your choices."
                : recipients.count.map { $0 == 1 ? "1 person gets a link." : "\(grouped($0)) people get a link." } ?? ""
        }
        if let survey = checked.survey {
            let first = checked.recipients?.first
            outputs["contact"] =
                "After clicking Start, "
                + (draft.selection == .sample
                    ? "a recipient"
                    : first.map { Self.fields(of: $0)["label"] as? String ?? "" } ?? "a recipient") + " is sent to"
            outputs["target"] = target(of: survey.template, for: first, checked.recipients?.embeddedNames ?? [])
            var needs: [String] = []
            if draft.survey != .tool(survey.tool.id), survey.tool != .other {
                needs.append("This is an address of \(survey.tool.name).")
            }
            if !survey.added.isEmpty {
                needs.append("linkseal puts in: " + survey.added.joined(separator: ", ") + ".")
            }
            if draft.survey != .sample, let parameter = survey.review.sessionParameter {
                needs.append(
                    "Responses are matched with their recipients only if \(survey.tool.conditionForKeeping(parameter))."
                )
            }
            outputs["needs"] = needs.joined(separator: " ")
        } else {
            outputs["contact"] = "Paste the address, and see here where recipients are sent."
        }
        outputs["expires"] = checked.expiry.map { "No survey can be started after \($0.short)." } ?? ""
        outputs["merge"] = Self.mergeAdvice(for: draft.target.mailMerge) ?? ""
        var warnings = checked.warnings.map { Self.sentence($0.description) }
        if !checked.earlier.isEmpty {
            let names = checked.earlier.prefix(3).map { "\"\($0.name)\" (\(grouped($0.contacts)))" }
            warnings.append(
                "People of this list have links to this survey already: \(names.joined(separator: ", "))."
                    + " Leave them out above, unless each is to have two.")
        }
        outputs["warnings"] = warnings.joined(separator: " ")
        return outputs
    }

    /// What to put into the mail. Nil without a mail program.
    static func mergeAdvice(for tool: MailMerge?) -> String? {
        var layout = SpreadsheetLayout()
        layout.mailMerge = tool
        guard let tool, let field = layout.mergeField else { return nil }
        let verb = tool.insertsFields ? "insert the merge field" : "paste"
        return "Import it into \(tool.name), and \(verb) \(field) where the link goes in the mail."
    }

    private func target(of template: SurveyURLTemplate, for contact: Contact?, _ embeddedNames: [String]) -> String {
        template.expanded { (field) in
            switch field {
            case "contact_id": contact?[.contactID] ?? "CONTACT"
            case "session": "SESSION"
            case "distribution": "0123456789abcdef"
            case "serial": "0"
            default:
                contact.flatMap { (contact) in
                    (try? DataField(field, embeddedNames: embeddedNames))?.value(of: contact)
                }
            }
        }
    }
}

extension GenerateDraft {
    var isOfDistribution: Bool {
        if case .distribution = source { true } else { false }
    }
}
