import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import LinkToken
import Trust

/// Adding contacts to a distribution whose links were sent.
extension ConsoleService {
    func showAdding(_ call: Call) throws -> Response {
        try addingPage(call, distribution(of: call), call.query, problem: nil)
    }

    func addContacts(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let list = call.form["list"]
        do throws(DistributionsError) {
            _ = try workspace.contacts.list(named: list)
        } catch {
            return try addingPage(call, distribution, call.form, problem: error.description)
        }
        // Links are never stored: the spreadsheet is minted when it is downloaded.
        var request = AddRequest(source: .list(list), output: "/dev/null")
        request.selection.contacts = call.form["contacts"].split(whereSeparator: \.isNewline).map(\.trimmed)
            .filter { !$0.isEmpty }
        let job = try startAdding(request, to: distribution, call)
        return .seeOther("/jobs/\(job)")
    }

    private func startAdding(
        _ request: AddRequest, to distribution: Distribution, _ call: Call
    ) throws -> Job.ID {
        let (user, address) = (call.user, call.origin.address)
        return try jobs.start(.addContacts, distribution.name, total: nil, by: user, at: call.now) {
            [self, request] (report) in
            do {
                let keyring = try jobWorkspace.keyring()
                let library = jobWorkspace.distributions
                let key = try library.key(for: distribution, in: keyring, passphrase: configuration.passphrase)
                let addition = try await library.add(request, to: distribution.id, key: key, at: clock()) {
                    report($0.done, $0.total, $0.timeLeft)
                }
                guard addition.added > 0 else { return .added(addition) }
                try record(
                    .added, by: user, from: address, distribution: distribution.id, name: distribution.name,
                    detail: counted(addition.added, "contact", "contacts"))
                // Edges that know the distribution need not be told.
                let bundle = try? jobWorkspace.publishedBundle(keyring)
                if bundle?.distribution(distribution.id) == nil { _ = try publishChange(at: clock()) }
                return .added(addition)
            } catch {
                try? record(
                    .addingFailed, by: user, from: address, distribution: distribution.id, name: distribution.name)
                return .failed(Self.advised(error))
            }
        }
    }

    /// What came of it, and the spreadsheet of the new links.
    func showAdded(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        guard let job = jobs.job(call.parameters["job"] ?? ""), case .added(let addition) = job.state,
            addition.distribution.id == distribution.id
        else { throw ConsoleRefusal.noSuchPage }
        let first = addition.distribution.contacts - addition.added
        return page(
            "added", "Contacts added to \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "title": distribution.name, "hasAdded": addition.added > 0,
                "added": counted(addition.added, "new link is", "new links are"),
                "skipped": addition.recipients == 1
                    ? "One contact had a link already and was left out."
                    : "\(grouped(addition.recipients)) contacts had a link already and were left out.",
                "hasSkipped": addition.recipients > 0, "first": first, "count": addition.added,
                "expires": addition.distribution.expiry.time.endElement, "tools": SpreadsheetTarget.choices(),
                "warnings": (addition.contacts.warnings.map(\.description) + addition.warnings.map(\.description))
                    .map(Self.sentence),
            ], for: call.session)
    }

    private func addingPage(
        _ call: Call, _ distribution: Distribution, _ form: FormFields, problem: String?
    ) throws -> Response {
        let lists = try workspace.contacts.lists()
        return page(
            "add", "Add contacts to \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "title": distribution.name, "hasLists": !lists.isEmpty,
                "lists": lists.map {
                    [
                        "name": $0.name, "contacts": grouped($0.contacts),
                        "isChosen": $0.name == (form["list"].isEmpty ? distribution.origin.source : form["list"]),
                    ] as [String: Any]
                },
                "contacts": form["contacts"], "expires": distribution.expiry.time.endElement,
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }
}
