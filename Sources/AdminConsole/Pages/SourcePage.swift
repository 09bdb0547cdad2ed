import Distributions
import Encoding
import Hummingbird

/// Contact lists straight from a service.
extension ConsoleService {
    func routes(of source: some ContactListSource) -> [Route] {
        let path = Self.path(of: source)
        return [
            .get(path, for: .editor) { (call) in await show(source, call) },
            .post(path, for: .editor) { (call) in try await fetch(from: source, call) },
        ]
    }

    static func path<Source: ContactListSource>(of _: Source) -> String { "/contacts/" + Source.name }

    /// - Parameter nameProblem: what is wrong with the name that was typed.
    private func show<Source: ContactListSource>(
        _ source: Source, _ call: Call, nameProblem: DistributionsError? = nil
    ) async -> Response {
        var lists: [Source.List] = []
        var problem: String?
        do {
            lists = try await source.lists()
        } catch {
            problem = Self.advised(error)
        }
        return page(
            "source", "Import from \(Source.title)", in: .contacts,
            [
                "title": Source.title, "path": Self.path(of: source),
                "lists": lists.map {
                    [
                        "key": $0.key, "name": $0.name, "place": $0.place, "hasPlace": !$0.place.isEmpty,
                        "isChosen": $0.key == call.form["list"],
                    ] as [String: Any]
                },
                "name": call.form["name"], "fields": call.form["fields"], "replaces": call.form["replace"] == "yes",
                "isNameWrong": nameProblem != nil,
                "nameProblem": nameProblem.map { Self.sentence(Self.words(forName: $0)) } ?? "",
                "hasLists": !lists.isEmpty, "hasProblem": problem != nil,
                "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session,
            status: problem != nil ? .badGateway : nameProblem != nil ? .unprocessableContent : .ok)
    }

    private func fetch<Source: ContactListSource>(from source: Source, _ call: Call) async throws -> Response {
        let fields = call.form["fields"].split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        let name = call.form["name"].trimmed
        let replaces = call.form["replace"] == "yes"
        if let problem = nameProblem(name, replacing: replaces) {
            return await show(source, call, nameProblem: problem)
        }
        let supplier: any ContactSupplier
        do {
            supplier = try await source.supplier(of: .key(call.form["list"]), fields: fields, at: call.now)
        } catch let error as any ContactSourceError {
            guard case .chooseList = error.remedy else { throw error }
            throw ConsoleRefusal.malformed("choose a list of \(Source.title)")
        }
        let job = try startImport(.fetchList, name, total: nil, call) { [self] (progress) in
            let (list, found) = try await jobWorkspace.contacts.importList(
                from: supplier, name: name, replacing: replaces, at: clock(), progress: progress)
            return (list, found.warnings.map(\.description))
        }
        return .seeOther("/jobs/\(job)")
    }

    /// Fetches a list again from where it came.
    func refresh(_ call: Call) async throws -> Response {
        let list = try workspace.contacts.list(named: call.form["name"])
        guard let origin = list.origin,
            let source = configuration.sources.open.first(where: { type(of: $0).name == origin.service })
        else { throw ConsoleRefusal.malformed("\(list.name) can't be fetched again: its source isn't connected") }
        let job = try startImport(.fetchList, list.name, total: nil, call) { [self] (_) in
            let now = clock()
            let refreshed = try await jobWorkspace.contacts.refreshList(
                named: list.name,
                from: source.supplier(of: .key(origin.id), fields: origin.fields, at: now), at: now)
            let changes = "\(refreshed.added.count) added, \(refreshed.removed.count) removed"
            return (refreshed.list, [changes] + refreshed.report.warnings.map(\.description))
        }
        return .seeOther("/jobs/\(job)")
    }
}
