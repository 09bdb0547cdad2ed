import Consumption
import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// One distribution: its numbers, its activity over time, what was done to it, and its contacts.
extension ConsoleService {
    private static let contactsPerPage = 50

    func showDistribution(_ call: Call) async throws -> Response {
        let distribution = try distribution(of: call)
        let (all, problem) = await knownUses(of: try workspace.distributions.all(), at: call.now)
        let uses = all[distribution.id] ?? DistributionHistory()
        let row = DistributionRow(distribution, uses.counts)
        var fields = Self.fields(of: row, at: call.now)
        let filter = RecipientFilter(call.query)
        let page = Paging(call.query["page"], count: distribution.contacts, size: Self.contactsPerPage).page
        // Contacts are personal data.
        let found: (rows: [Recipient], hasMore: Bool) =
            call.session.map { $0.role >= .editor } ?? false
            ? try recipients(
                of: distribution, uses, matching: filter, page: page, size: Self.contactsPerPage, at: call.now)
            : ([], false)
        let path = "/distributions/\(distribution.id)?\(filter.query)"
        let note = Self.note(for: call.query["done"])
        fields.merge(countedFields(at: call.now)) { $1 }
        fields.merge([
            "surveyURL": distribution.surveyURL.text, "baseURL": distribution.baseURL.text,
            "keyID": distribution.keyID.description, "data": Self.words(for: distribution.embeddedData),
            "revoked": grouped(distribution.revocations.count),
            "chart": ActivityChart(ActivityHistogram(of: uses, limit: ActivityChart.limit)).html,
            "isFiltered": filter.isNarrow, "filterQuery": filter.query,
            "hasCountProblem": problem != nil, "countProblem": problem ?? "",
            "contactRows": found.rows.map { Self.fields(of: $0, in: distribution) },
            "hasContactRows": !found.rows.isEmpty,
            "hasPrevious": page > 1, "previous": "\(path)&page=\(page - 1)#contacts", "hasNext": found.hasMore,
            "next": "\(path)&page=\(page + 1)#contacts", "page": page, "isPaged": page > 1 || found.hasMore,
            "resume": Self.words(for: distribution.resume), "tools": SpreadsheetTarget.choices(),
            "message": note, "hasMessage": !note.isEmpty,
            "note": distribution.note ?? "", "hasNote": distribution.note != nil,
            "duplicateQuery": Self.duplicateQuery(of: distribution),
            "history": distribution.history.reversed().map(Self.fields(of:)),
            "isUnpublished": try note.isEmpty && workspace.bundleLackingChanges(at: call.now) != nil,
        ]) { $1 }
        fields.merge(filter.fields) { $1 }
        return self.page("distribution", distribution.name, in: .links, fields, for: call.session)
    }

    private static func fields(of recipient: Recipient, in distribution: Distribution) -> [String: Any] {
        var fields = Self.fields(of: recipient.contact)
        fields["href"] = "/distributions/\(distribution.id)/links/\(recipient.serial)"
        fields["status"] = recipient.status.title
        fields["statusClass"] = recipient.status.mood
        fields["started"] = recipient.use?.startedAt.element ?? ""
        fields["finished"] = recipient.use?.finishedAt?.element ?? ""
        return fields
    }

    private static func fields(of change: DistributionChange) -> [String: Any] {
        // The only action that names a time, which is shown as all others are.
        var (text, time) = (change.action.description, "")
        if case .expiryChanged(let expiry, _) = change.action {
            text = String(text.dropLast(expiry.description.count))
            time = expiry.endElement
        }
        return [
            "when": change.at.element, "who": change.by ?? "", "time": time,
            "what": text.prefix(1).uppercased() + text.dropFirst(),
        ]
    }

    /// What the form that generates links begins with, to make the like of a distribution.
    private static func duplicateQuery(of distribution: Distribution) -> String {
        let lifetime = Int(distribution.linkExpiry.rawValue) - Int(distribution.createdAt.rawValue)
        let days = max(1, lifetime / 86400)
        var fields = [
            ("list", distribution.origin.source), ("name", distribution.name + " (copy)"),
            ("survey-url", distribution.surveyURL.text), ("base-url", distribution.baseURL.text),
            ("expires", "\(days)d"), ("resume", distribution.resume.text),
        ]
        if case .inLink(let names) = distribution.embeddedData {
            fields.append(("data", "in-link"))
            fields += names.map { ("field", $0) }
        }
        return fields.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
    }

    private static func words(for mode: EmbeddedDataMode) -> String {
        switch mode {
        case .sealed: "sealed, with you"
        case .inLink(let fields): "in the link: " + fields.joined(separator: ", ")
        }
    }

    static func words(for policy: ResumePolicy) -> String {
        switch policy {
        case .never: "no"
        case .within(let seconds) where seconds % 86400 == 0: "for \(counted(Int(seconds) / 86400, "day", "days"))"
        case .within(let seconds) where seconds % 3600 == 0: "for \(counted(Int(seconds) / 3600, "hour", "hours"))"
        case .within: "for \(policy.text)"
        case .untilFinished: "until they are finished"
        }
    }

}
