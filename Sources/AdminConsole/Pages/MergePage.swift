import Distributions
import Encoding
import Hummingbird

/// One list of several.
extension ConsoleService {
    func showMerge(_ call: Call) throws -> Response { try mergePage(call, problem: nil) }

    func merge(_ call: Call) throws -> Response {
        let names = call.form.all("list")
        let name = call.form["name"].trimmed
        let replaces = call.form["replace"] == "yes"
        guard names.count > 1 else { return try mergePage(call, problem: "choose two lists or more", isName: false) }
        var total = 0
        do throws(DistributionsError) {
            try workspace.contacts.checkIsFree(name, replacing: replaces)
            for name in names { total += try workspace.contacts.list(named: name).contacts }
        } catch {
            return try mergePage(call, problem: Self.words(forName: error))
        }
        let id = try startImport(.mergeLists, name, total: total, call) { [self] (progress) in
            let (list, report, inSeveral) = try jobWorkspace.contacts.merge(
                names, as: name, replacing: replaces, at: clock(), progress: progress)
            let both =
                inSeveral == 0 ? [] : ["\(grouped(inSeveral)) contacts are in more than one list, and taken once"]
            return (list, both + report.warnings.map(\.description))
        }
        return .seeOther("/jobs/\(id)")
    }

    private func mergePage(_ call: Call, problem: String?, isName: Bool = true) throws -> Response {
        let chosen = Set(call.form.all("list"))
        return page(
            "merge", "Merge lists", in: .contacts,
            [
                "lists": try workspace.contacts.lists().enumerated().map { (index, list) in
                    [
                        "index": index, "name": list.name, "contacts": grouped(list.contacts),
                        "isChosen": chosen.contains(list.name),
                    ] as [String: Any]
                },
                "name": call.form["name"], "replaces": call.form["replace"] == "yes",
                "isNameWrong": problem != nil && isName, "areListsWrong": problem != nil && !isName,
                "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }
}
