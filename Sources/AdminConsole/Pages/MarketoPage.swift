import Distributions
import Encoding
import Hummingbird
import Marketo

/// Contact lists straight from Marketo.
extension ConsoleService {
    func showMarketo(_ call: Call) async throws -> Response {
        guard let credentials = configuration.marketo else { throw ConsoleRefusal.noSuchPage }
        var lists: [MarketoList] = []
        var problem: String?
        do {
            lists = try await Self.withMarketo(credentials) { (client) in
                // Smart lists need a permission and a contract of their own; without, the others are still there.
                let smart = (try? await client.smartLists()) ?? []
                return try await client.lists() + smart
            }
        } catch {
            problem = "\(error)"
        }
        return page(
            "marketo", "Import from Marketo", in: .contacts,
            [
                "lists": lists.map {
                    [
                        "id": $0.reference.description, "name": $0.name,
                        "place": [$0.kind == .smart ? "smart list" : nil, $0.programName, $0.workspaceName]
                            .compactMap(\.self).joined(separator: ", "),
                        "changed": $0.updatedAt ?? "",
                    ] as [String: Any]
                },
                "hasLists": !lists.isEmpty, "hasProblem": problem != nil,
                "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .badGateway)
    }

    func fetchMarketo(_ call: Call) throws -> Response {
        guard let credentials = configuration.marketo else { throw ConsoleRefusal.noSuchPage }
        guard let reference = MarketoList.Reference(call.form["list"]) else {
            throw ConsoleRefusal.malformed("choose a list of Marketo")
        }
        let fields = try LeadFields(
            call.form["fields"].split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty })
        let name = call.form["name"].trimmed
        let replaces = call.form["replace"] == "yes"
        let job = try startImport(.fetchMarketo, name, total: nil, call) { [self] (progress) in
            try await Self.withMarketo(credentials) { (client) in
                let fetch = LeadFetch(
                    of: try await client.list(reference), fields: fields, from: client, at: clock(),
                    progress: progress)
                let (list, found) = try await jobWorkspace.contacts.importList(
                    from: fetch, name: name, replacing: replaces, at: clock())
                return (list, found.warnings.map(\.description))
            }
        }
        return .seeOther("/jobs/\(job)")
    }

    private static func withMarketo<Result: Sendable>(
        _ credentials: MarketoCredentials, _ body: (MarketoClient) async throws -> Result
    ) async throws -> Result {
        let http = MarketoClient.makeHTTPClient()
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(MarketoClient(credentials, http: http)))
        } catch {
            result = .failure(error)
        }
        try? await http.shutdown()
        return try result.get()
    }
}
