import Distributions
import Encoding
import Hummingbird
import LinkToken

/// Changing when a distribution's links expire, and deleting them.
extension ConsoleService {
    func showEnding(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        return expirationPage(call, distribution, ExpirationFields(at: distribution.expiry.time), problem: nil)
    }

    func end(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let draft = ExpirationFields(call.form)
        do throws(DistributionsError) {
            let ended = try workspace.distributions.changeExpiry(
                of: distribution.id, to: draft.time(at: call.now), at: call.now)
            return try finish(
                call, .ended, ended, detail: "links expire at \(ended.expiry)",
                to: "/distributions/\(distribution.id)?done=ended")
        } catch {
            if case .busy = error { throw error }
            return expirationPage(call, distribution, draft, problem: error.description)
        }
    }

    func showDeletion(_ call: Call) throws -> Response {
        deletionPage(call, try distribution(of: call), typed: "", problem: nil)
    }

    func delete(_ call: Call) throws -> Response {
        let distribution = try distribution(of: call)
        let typed = call.form["name"]
        guard typed.trimmed == distribution.name.trimmed else {
            return deletionPage(call, distribution, typed: typed, problem: ConsoleRefusal.notConfirmed.description)
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

    private func expirationPage(
        _ call: Call, _ distribution: Distribution, _ draft: ExpirationFields, problem: String?
    ) -> Response {
        page(
            "ending", "Change when \(distribution.name) expires", in: .links,
            [
                "id": distribution.id.description, "name": distribution.name,
                "expires": distribution.expiry.time.endElement,
                "expiration": draft.fields(legend: "When", offersNow: true, problem: problem, at: call.now),
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func deletionPage(
        _ call: Call, _ distribution: Distribution, typed: String, problem: String?
    ) -> Response {
        page(
            "deletion", "Delete \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "name": distribution.name, "links": grouped(distribution.contacts),
                "typed": typed, "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }
}
