import Distributions
import Encoding
import Hummingbird
import LinkToken

/// Changing when a distribution's links expire, and deleting them.
extension ConsoleService {
    func showEnding(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        return endingPage(call, distribution, isDeletion: false, typed: "now", problem: nil)
    }

    func end(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let text = call.form["at"].trimmed
        do throws(DistributionsError) {
            let time = text == "now" || text.isEmpty ? call.now : try Expiration(text, now: call.now).time
            let ended = try workspace.distributions.changeExpiry(of: distribution.id, to: time, at: call.now)
            return try finish(
                call, .ended, ended, detail: "links expire at \(ended.expiry)",
                to: "/distributions/\(distribution.id)?done=ended")
        } catch {
            if case .busy = error { throw error }
            return endingPage(call, distribution, isDeletion: false, typed: text, problem: error.description)
        }
    }

    func showDeletion(_ call: Call) throws -> Response {
        endingPage(call, try distribution(of: call), isDeletion: true, typed: "", problem: nil)
    }

    func delete(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let typed = call.form["name"]
        guard typed.trimmed == distribution.name.trimmed else {
            return endingPage(
                call, distribution, isDeletion: true, typed: typed,
                problem: ConsoleRefusal.notConfirmed.description)
        }
        let deleted = try workspace.distributions.delete(distribution.id, at: call.now)
        return try finish(call, .deleted, deleted, detail: "\(deleted.contacts) links", to: "/?done=deleted")
    }

    /// Records and publishes what was done, and shows the page that says so. What was done stays done when the audit
    /// trail or the bundle can't be written; the error says which.
    func finish(
        _ call: Call, _ action: AuditTrail.Action, _ distribution: Distribution, detail: String, to path: String
    ) throws(DistributionsError) -> Response {
        do {
            try record(action, call, distribution, detail: detail)
            return .seeOther(try publishChange(at: call.now) == nil ? path + "-unpublished" : path)
        } catch let error as DistributionsError {
            throw error
        } catch {
            throw .refused(
                distribution.id, reason: "it was changed as you asked, but then this failed: \(error)")
        }
    }

    private func endingPage(
        _ call: Call, _ distribution: Distribution, isDeletion: Bool, typed: String, problem: String?
    ) -> Response {
        page(
            "ending", isDeletion ? "Delete \(distribution.name)" : "Change when \(distribution.name) expires",
            in: .links,
            [
                "isDeletion": isDeletion, "id": distribution.id.description, "name": distribution.name,
                "links": grouped(distribution.contacts), "expires": distribution.expiry.time.short,
                "typed": typed, "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }
}
