import Distributions
import Encoding
import Hummingbird
import LinkToken

/// What was done, the latest first: in the console, and to distributions also by the command line.
extension ConsoleService {
    private static let entriesPerPage = 100

    /// How the history of a distribution names a user of the console. Login names have no spaces.
    static func actor(_ user: String) -> String { user + consoleMark }

    private static let consoleMark = " (console)"

    func showAudit(_ call: Call) throws -> Response {
        let all = try workspace.distributions.all()
        let chosen = DistributionID(call.query["distribution"])
        let page = min(max(1, Int(call.query["page"]) ?? 1), 1000)
        let (first, limit) = ((page - 1) * Self.entriesPerPage, page * Self.entriesPerPage + 1)
        // The console's own changes are in its trail already, with the address.
        let changes = all.filter { chosen == nil || $0.id == chosen }.flatMap { (distribution) in
            distribution.history.filter { $0.by?.hasSuffix(Self.consoleMark) != true }.map { (change) in
                AuditRow(
                    at: change.at.description, who: change.by ?? "unknown", from: "command line",
                    what: Self.sentence(change.action.description).dropLast(),
                    distribution: distribution.id.description,
                    name: distribution.name, detail: "")
            }
        }
        let rows = try audit.latest(limit, of: chosen).map { (entry) in
            AuditRow(
                at: entry.at, who: entry.who, from: entry.from, what: Self.words(for: entry.what)[...],
                distribution: entry.distribution, name: entry.name ?? "", detail: entry.detail ?? "")
        }
        let latest = (rows + changes).sorted { $0.at > $1.at }
        let shown = latest.dropFirst(first).prefix(Self.entriesPerPage)
        let path = "/audit?distribution=\(chosen?.description ?? "")"
        return self.page(
            "audit", "Audit trail", in: .audit,
            [
                "path": files.auditTrail, "isEmpty": shown.isEmpty, "isFiltered": chosen != nil,
                "distributions": all.reversed().map {
                    ["id": $0.id.description, "name": $0.name, "isChosen": $0.id == chosen] as [String: Any]
                },
                "isPaged": page > 1 || latest.count >= limit, "page": page, "hasPrevious": page > 1,
                "previous": "\(path)&page=\(page - 1)", "hasNext": latest.count >= limit,
                "next": "\(path)&page=\(page + 1)",
                "entries": shown.map {
                    [
                        "at": $0.at, "when": $0.at.replacing("T", with: " ").replacing("Z", with: " UTC"),
                        "who": $0.who, "from": $0.from, "what": $0.what, "name": $0.name,
                        "distribution": $0.distribution ?? "", "hasDistribution": $0.distribution != nil,
                        "detail": $0.detail,
                    ] as [String: Any]
                },
            ], for: call.session)
    }

    private struct AuditRow {
        var at, who, from: String
        var what: Substring
        var distribution: String?
        var name, detail: String
    }

    private static func words(for action: AuditTrail.Action) -> String {
        switch action {
        case .signedIn: "Signed in"
        case .signInFailed: "Sign-in refused"
        case .signedOut: "Signed out"
        case .sessionEnded: "Ended a session"
        case .refused: "Was refused"
        case .generated: "Generated links"
        case .generationFailed: "Generating links failed"
        case .downloaded: "Downloaded"
        case .linkShown: "Looked at a link"
        case .revoked: "Revoked a link"
        case .ended: "Changed the expiration"
        case .deleted: "Deleted"
        case .uploaded: "Uploaded a file"
        case .imported: "Imported contacts"
        case .importFailed: "Importing contacts failed"
        case .madeDummies: "Made placeholders"
        case .removedList: "Removed a list"
        case .merged: "Merged lists"
        case .addedContact: "Added a contact"
        case .changedContact: "Changed a contact"
        case .removedContacts: "Removed contacts"
        case .erased: "Erased a person"
        case .rotated: "Rotated keys"
        case .published: "Published the bundle"
        case .settingsChanged: "Changed the settings"
        case .revocationUndone: "Undid a revocation"
        case .reopened: "Reopened a link"
        case .renewed: "Made a new link"
        case .edited: "Changed the settings of links"
        case .archived: "Archived"
        case .unarchived: "Listed again"
        case .noted: "Changed the note"
        case .added: "Added contacts"
        case .addingFailed: "Adding contacts failed"
        case .edgesFetched: "Fetched from edges"
        case .finishesRecorded: "Recorded finished surveys"
        }
    }
}
