import Hummingbird

/// What was done, the latest first.
extension ConsoleService {
    func showAudit(_ call: Call) throws -> Response {
        let entries = try audit.latest(500)
        return page(
            "audit", "Audit trail", in: .audit,
            [
                "path": files.auditTrail, "isEmpty": entries.isEmpty,
                "entries": entries.map {
                    [
                        "at": $0.at, "when": $0.at.replacing("T", with: " ").replacing("Z", with: " UTC"),
                        "who": $0.who, "from": $0.from, "what": Self.words(for: $0.what), "name": $0.name ?? "",
                        "distribution": $0.distribution ?? "", "hasDistribution": $0.distribution != nil,
                        "detail": $0.detail ?? "",
                    ] as [String: Any]
                },
            ], for: call.session)
    }

    private static func words(for action: AuditTrail.Action) -> String {
        switch action {
        case .signedIn: "Signed in"
        case .signInFailed: "Sign-in refused"
        case .signedOut: "Signed out"
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
        case .rotated: "Rotated keys"
        case .published: "Published the bundle"
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
