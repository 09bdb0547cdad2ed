import Distributions
import HTTPTypes
import Hummingbird
import LinkToken

/// Reminding people who have not answered.
extension ConsoleService {
    func showReminder(_ call: Call) async throws -> Response {
        try await reminderPage(call, distribution(of: call), isRefused: false)
    }

    /// The page on which the audience is chosen.
    ///
    /// - Parameter isRefused: whether a reminder was asked for that can't be written, since too little is known of edges.
    func reminderPage(_ call: Call, _ distribution: Distribution, isRefused: Bool) async throws -> Response {
        let counts = distribution.statuses(under: try await uses(of: distribution, at: call.now), at: call.now)
        let outdated = try outdatedEdges(at: call.now)
        let waiting = counts[.emailNotSent] ?? 0
        let open = distribution.resume == .never ? 0 : counts[.surveyStarted] ?? 0
        let finished = counts[.surveyFinished] ?? 0
        var fields: [String: Any] = [
            "id": distribution.id.description, "title": distribution.name, "waiting": grouped(waiting),
            "open": grouped(open), "both": grouped(waiting + open), "finished": grouped(finished),
            "others": grouped(distribution.contacts - waiting - open - finished),
            "isNobody": waiting + open == 0, "tools": SpreadsheetTarget.choices(),
            "reminders": distribution.reminders.map { ["when": $0.element] },
            "hasReminders": !distribution.reminders.isEmpty,
            "isOutdated": !outdated.isEmpty, "outdated": outdated.joined(separator: ", "),
            "canRemind": outdated.isEmpty && waiting + open > 0,
        ]
        fields.merge(countedFields(at: call.now)) { $1 }
        return page(
            "remind", "Remind recipients of \(distribution.name)", in: .links, fields, for: call.session,
            status: isRefused ? .unprocessableContent : .ok)
    }

    /// The edges on which people may have answered without anybody here knowing. Mails can't be taken back.
    func outdatedEdges(at now: UnixTime) throws(DistributionsError) -> [String] {
        configuration.accounts == nil ? try workspace.edges.outdated(at: now).map(\.name) : []
    }

    /// Fetches from edges at once, and shows what is known then.
    func fetchEdges(_ call: Call) async throws -> Response {
        let distribution = try distribution(of: call)
        let edges = try workspace.edges.all().filter { !$0.isRetired }
        _ = try await workspace.edges.fetch(edges, limit: 10, patience: 5, clock: clock)
        try record(.edgesFetched, call, distribution)
        return .seeOther("/distributions/\(distribution.id)/remind")
    }
}
