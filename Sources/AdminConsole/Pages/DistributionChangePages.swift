import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import LinkToken

/// Changing a distribution after its links were sent, keeping it in order, and trying it.
extension ConsoleService {
    // MARK: Editing

    func showEdit(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let form = call.query["resume-kind"].isEmpty ? EditDraft(distribution) : EditDraft(call.query)
        return editPage(call, distribution, form, problem: nil, warnings: [])
    }

    func edit(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let draft = EditDraft(call.form)
        do throws(DistributionsError) {
            let edit = try draft.edit(of: distribution)
            let library = workspace.distributions
            let warnings = try library.warnings(for: edit, of: distribution).map { Self.sentence($0.description) }
            // What is doubtful is confirmed once.
            if !warnings.isEmpty, call.form["confirmed"] != warnings.joined(separator: " ") {
                return editPage(call, distribution, draft, problem: nil, warnings: warnings)
            }
            let edited = try library.edit(distribution.id, edit, at: call.now)
            return try finish(
                call, .edited, edited, detail: "name, survey URL or time to finish",
                to: "/distributions/\(distribution.id)?done=edited")
        } catch {
            if case .busy = error { throw error }
            return editPage(call, distribution, draft, problem: error.description, warnings: [])
        }
    }

    private func editPage(
        _ call: Call, _ distribution: Distribution, _ draft: EditDraft, problem: String?, warnings: [String]
    ) -> Response {
        page(
            "edit", "Edit \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "title": distribution.name, "name": draft.name,
                "surveyURL": draft.surveyURL,
                "surveyTools": SurveyTool.all.map {
                    ["value": $0.id, "title": $0.name, "isChosen": $0.id == draft.tool] as [String: Any]
                },
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
                "warnings": warnings, "hasWarnings": !warnings.isEmpty, "confirmed": warnings.joined(separator: " "),
            ].merging((draft.resume ?? ResumeFields(distribution.resume)).fields) { $1 }, for: call.session,
            status: problem == nil ? .ok : .unprocessableContent)
    }

    // MARK: Keeping in order

    func archive(_ call: Call) throws -> Response {
        let archived = try workspace.distributions.archive(distribution(of: call).id, at: call.now)
        try record(.archived, call, archived)
        return .seeOther("/distributions/\(archived.id)?done=archived")
    }

    func unarchive(_ call: Call) throws -> Response {
        let listed = try workspace.distributions.unarchive(distribution(of: call).id, at: call.now)
        try record(.unarchived, call, listed)
        return .seeOther("/distributions/\(listed.id)?done=unarchived")
    }

    func note(_ call: Call) throws -> Response {
        let noted = try workspace.distributions.note(
            call.form["note"].trimmed, on: distribution(of: call).id, at: call.now)
        try record(.noted, call, noted)
        return .seeOther("/distributions/\(noted.id)?done=noted")
    }

    // MARK: Trying

    /// A link that goes through real edges, is counted nowhere, and so is safe to click.
    func showTestLink(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        var contact: Contact?
        if let number = UInt32(call.query["like"]), number < distribution.contacts {
            contact = try workspace.distributions.contact(at: Serial(rawValue: number), of: distribution.id)
        }
        let link = try workspace.distributions.minting(
            of: distribution, key: key(of: distribution), at: call.now
        ).testLink(like: contact)
        try record(.linkShown, call, distribution, detail: "test link")
        return page(
            "test-link", "Test link of \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "name": distribution.name, "link": link,
                "like": contact.map { Self.fields(of: $0)["label"] as? String ?? "" } ?? "",
                "hasLike": contact != nil, "isExpired": distribution.expiry.hasPassed(at: call.now),
                "expires": distribution.expiry.time.endElement,
            ], for: call.session)
    }
}

/// What was entered into the form that edits a distribution.
private struct EditDraft {
    var name, surveyURL, tool: String
    /// Nil if it wasn't said.
    var resume: ResumeFields?

    init(_ distribution: Distribution) {
        (name, surveyURL, tool) = (distribution.name, distribution.surveyURL.text, "")
        resume = ResumeFields(distribution.resume)
    }

    init(_ form: FormFields) {
        (name, surveyURL, tool) = (form["name"].trimmed, form["survey-url"].trimmed, form["survey-tool"])
        resume = ResumeFields(sentIn: form)
    }

    /// Only what differs.
    func edit(of distribution: Distribution) throws(DistributionsError) -> DistributionEdit {
        var edit = DistributionEdit()
        if name != distribution.name { edit.name = name }
        if surveyURL != distribution.surveyURL.text {
            edit.surveyURL = surveyURL
            edit.tool = SurveyTool(id: tool)
        }
        guard let resume else {
            throw .invalid(what: "time to finish", value: "", expected: "a number of days or hours")
        }
        let policy = try resume.policy()
        // What is shown may be rounded.
        if resume != ResumeFields(distribution.resume), policy != distribution.resume { edit.resume = policy }
        return edit
    }
}
