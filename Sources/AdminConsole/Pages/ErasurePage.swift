import Distributions
import Encoding
import Hummingbird

/// Removing a person's data from everywhere. The person is never named in an address or in the audit trail, which would
/// keep what is erased.
extension ConsoleService {
    /// Asks whom, or says what was done.
    func showErasure(_ call: Call) -> Response {
        let (lists, distributions) = (Int(call.query["lists"]), Int(call.query["distributions"]))
        guard let lists, let distributions else { return erasurePage(call, person: "", problem: nil) }
        let message =
            lists + distributions == 0
            ? "Nothing about that person was found."
            : "The person is erased from \(counted(lists, "list", "lists")) and"
                + " \(counted(distributions, "distribution", "distributions"))."
                + (call.query["published"] == "no" ? " " + Self.sentence(Self.unpublished) : "")
        return erasurePage(call, person: "", problem: nil, done: message)
    }

    /// Asks, and starts the job when that was answered.
    func erase(_ call: Call) throws -> Response {
        let person = call.form["person"].trimmed
        guard !person.isEmpty else {
            return erasurePage(call, person: "", problem: "type a contact ID or an e-mail address")
        }
        guard call.form.has("confirmation") else { return erasurePage(call, person: person, problem: nil) }
        guard call.form["confirmation"].trimmed.lowercased() == person.lowercased() else {
            return erasurePage(call, person: person, problem: "what you typed is not \(person), so nothing was erased")
        }
        let (user, address) = (call.user, call.origin.address)
        let id = try jobs.start(.erase, "a person", total: nil, by: user, at: call.now) { [self] (_) in
            do {
                let erased = try jobWorkspace.erase(person, at: clock())
                let (lists, distributions) = (erased.lists.count, erased.distributions.count)
                try record(
                    .erased, by: user, from: address,
                    detail: "\(counted(lists, "list", "lists")), "
                        + counted(distributions, "distribution", "distributions"))
                let isPublished = try distributions == 0 || publishChange(at: clock()) != nil
                return .shown(
                    at: "/contacts/erase?lists=\(lists)&distributions=\(distributions)"
                        + (isPublished ? "" : "&published=no"))
            } catch {
                return .failed(Self.advised(error))
            }
        }
        return .seeOther("/jobs/\(id)")
    }

    private func erasurePage(_ call: Call, person: String, problem: String?, done: String = "") -> Response {
        page(
            "erasure", "Erase a person", in: .contacts,
            [
                "person": person, "isAsked": !person.isEmpty, "isOpen": person.isEmpty && done.isEmpty,
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
                "isDone": !done.isEmpty, "done": done, "outOfReach": Erasure.outOfReach.map(Self.sentence),
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }
}
