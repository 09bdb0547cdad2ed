import Consumption
import Distributions
import Hummingbird
import LinkToken

/// What can be changed for one recipient. Each change says first what it means, and is confirmed.
extension ConsoleService {
    // MARK: Revoking

    func showRevocation(_ call: Call) throws -> Response {
        try confirmation(
            call, "Revoke the link of", action: "revoke", button: "Revoke the link", isDanger: true,
            [
                "It stops working, and a survey that was started with it can't be continued.",
                "You can undo this later, or give the recipient a new link.",
            ])
    }

    func revoke(_ call: Call) throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let revoked = try workspace.distributions.revoke(distribution.id, serials: [serial], at: call.now)
        return try finish(call, .revoked, revoked, serial, done: "revoked")
    }

    func restore(_ call: Call) throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let restored = try workspace.distributions.undoRevocation(
            of: distribution.id, serials: [serial], at: call.now)
        return try finish(call, .revocationUndone, restored, serial, done: "restored")
    }

    // MARK: Expiration

    func showLinkEnding(_ call: Call) throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        return try expirationConfirmation(
            call, ExpirationFields(at: distribution.expiry(of: serial).time), problem: nil)
    }

    func endLink(_ call: Call) throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let draft = ExpirationFields(call.form)
        do throws(DistributionsError) {
            let time = try draft.time(at: call.now)
            let changed = try workspace.distributions.changeExpiry(
                of: distribution.id, serials: [serial], to: time, at: call.now)
            return try finish(
                call, .ended, changed, detail: "link \(serial) expires at \(time)",
                to: "/distributions/\(distribution.id)/links/\(serial)?done=ended")
        } catch {
            if case .busy = error { throw error }
            return try expirationConfirmation(call, draft, problem: error.description)
        }
    }

    private func expirationConfirmation(
        _ call: Call, _ draft: ExpirationFields, problem: String?
    ) throws -> Response {
        try confirmation(
            call, "Change the expiration of the link of", action: "end", button: "Change the expiration",
            ["Only this link changes, and it stays the same link. A survey that was started can still be finished."],
            expiration: draft.fields(legend: "When", offersNow: true, problem: problem, at: call.now),
            status: problem == nil ? .ok : .unprocessableContent)
    }

    // MARK: Reopening

    func showReopening(_ call: Call) async throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let use = try await uses(of: distribution, at: call.now)[serial]
        var warnings: [String] = []
        switch use?.state ?? .unused {
        case .unused: warnings.append("As far as is known here, the link was not used yet.")
        case .started:
            warnings.append("The survey was started and not finished. What is being answered now won't be counted.")
        case .finished: break
        }
        if distribution.expiry(of: serial).hasPassed(at: call.now) {
            warnings.append("The link has expired, so give it a later date too.")
        }
        return try confirmation(
            call, "Reopen the survey for", action: "reopen", button: "Reopen the survey",
            [
                "The same link starts the survey once more. What was recorded of it so far doesn't count any more.",
                "The response in the survey tool stays there; when you join results, it is marked as given before.",
            ], warnings: warnings)
    }

    func reopen(_ call: Call) async throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let reopened = try workspace.distributions.reopen(
            distribution.id, serials: [serial], uses: try await uses(of: distribution, at: call.now), at: call.now)
        return try finish(call, .reopened, reopened, serial, done: "reopened")
    }

    // MARK: A new link

    func showRenewal(_ call: Call) async throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let isUsed = try await uses(of: distribution, at: call.now)[serial] != nil
        return try confirmation(
            call, "Make a new link for", action: "renew", button: "Make a new link", isDanger: true,
            ["The link that was sent stops working, and the new one is shown here. Send it to the recipient."],
            warnings: isUsed
                ? [
                    "The link was used already, and the new one continues that response. If somebody else gave it,"
                        + " reopen the survey afterwards."
                ] : [])
    }

    func renew(_ call: Call) async throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        // Links are never stored: the next page mints the new one again.
        let renewed = try await workspace.distributions.regenerate(
            distribution.id, serials: [serial], uses: try await uses(of: distribution, at: call.now),
            key: key(of: distribution), output: "/dev/null", at: call.now)
        return try finish(call, .renewed, renewed.distribution, serial, done: "renewed")
    }

    // MARK: What they share

    private func finish(
        _ call: Call, _ action: AuditTrail.Action, _ distribution: Distribution, _ serial: Serial, done: String
    ) throws -> Response {
        try finish(
            call, action, distribution, detail: "link \(serial)",
            to: "/distributions/\(distribution.id)/links/\(serial)?done=\(done)")
    }

    private func confirmation(
        _ call: Call, _ verb: String, action: String, button: String, isDanger: Bool = false, _ texts: [String],
        warnings: [String] = [], expiration: [String: Any]? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let (distribution, serial, contact) = try link(of: call)
        var fields = linkFields(distribution, serial, contact)
        let heading = "\(verb) \(fields["title"] as? String ?? "")"
        fields["heading"] = heading
        fields["action"] = action
        fields["button"] = button
        fields["buttonClass"] = isDanger ? "danger" : "primary"
        fields["texts"] = texts
        fields["warnings"] = warnings
        if let expiration { fields["expiration"] = expiration }
        return page("link-change", heading, in: .links, fields, for: call.session, status: status)
    }
}
