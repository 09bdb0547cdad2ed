import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Distributions
import FoundationEssentials
import LinkToken
import NIOCore
import Trust

/// Acts as recipients, their mail scanners and the admin, and stops at the first thing that is not as it should be.
struct DemoWalk: Sendable {
    let workspace: Workspace
    let keyring: Keyring
    let distribution: DistributionID
    let edge: String
    let publish: @Sendable () throws -> Void

    func run(_ rows: [DemoShow.Row]) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await walk(rows, client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func walk(_ rows: [DemoShow.Row], _ client: HTTPClient) async throws {
        let (ada, grace, sofja, eiko) = (rows[0], rows[1], rows[2], rows[3])

        narrate("Ada's mail scanner fetches her link:")
        for method in ["GET", "HEAD"] {
            try await expect(client, method, ada.link, 200)
        }
        try await expectStatus(ada, .emailNotSent)

        narrate("Ada opens it and starts the survey:")
        let started = try await expect(client, "POST", ada.link, 303)
        let surveyURL = try location(of: started)
        try await expect(client, "GET", surveyURL, 200)
        try await expectStatus(ada, .surveyStarted)

        narrate("She closes the window, opens the link again and continues:")
        let resumed = try await expect(client, "POST", ada.link, 303)
        guard try location(of: resumed) == surveyURL else {
            throw CommandError("the survey went on as another session")
        }

        narrate("She answers; the survey tool sends her to the end:")
        guard let session = URLComponents(string: surveyURL)?.queryItems?.first(where: { $0.name == "r" })?.value else {
            throw CommandError("the survey was not told a session")
        }
        let answered = try await expect(
            client, "POST", surveyURL.prefix { $0 != "?" } + "", 303, form: "session=\(session)&answer=fine")
        try await expect(client, "GET", location(of: answered), 200)
        try await expectStatus(ada, .surveyFinished)

        narrate("Somebody uses her link a second time:")
        try await expect(client, "POST", ada.link, 410)

        narrate("Grace's link lost its last characters on the way:")
        try await expect(client, "GET", String(grace.link.dropLast(3)), 404)

        narrate("Sofja starts and does not finish. Eiko's link is revoked:")
        try await expect(client, "POST", sofja.link, 303)
        _ = try workspace.distributions.revoke(distribution, serials: [Serial(rawValue: 3)], at: .now)
        try publish()
        try await expect(client, "POST", eiko.link, 410)

        narrate("The admin downloads the links again:\n")
        let again = try await download()
        if !Diagnostics.areJSON { printTable(["NAME", "STATUS"], again.map { [$0.name, $0.status] }) }
        guard again.map(\.link) == rows.map(\.link) else { throw CommandError("downloading again gave other links") }
        let statuses = again.map(\.status)
        guard statuses == ["Survey Finished", "Email Not Sent", "Survey Started", "Link Revoked", "Email Not Sent"]
        else {
            throw CommandError("the statuses are \(statuses)")
        }

        narrate("\nThe distribution is deleted; no link of it works any more:")
        _ = try workspace.distributions.delete(distribution, at: .now)
        try publish()
        for row in [grace, sofja] { try await expect(client, "POST", row.link, 410) }
    }

    @discardableResult
    private func expect(
        _ client: HTTPClient, _ method: String, _ url: String, _ status: UInt, _ word: String = "", form: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let form {
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: form))
        }
        let response = try await client.execute(request, timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        narrate("  \(method) \(Self.short(url))  \(response.status.code)")
        guard response.status.code == status, word.isEmpty || text.contains(word) else {
            throw CommandError("expected \(status) \(word)")
        }
        return response
    }

    private func location(of response: HTTPClientResponse) throws -> String {
        guard let location = response.headers.first(name: "location") else {
            throw CommandError("a redirect led nowhere")
        }
        return location
    }

    /// Tokens and sessions are secrets, also in a transcript that CI keeps.
    private static func short(_ url: String) -> String {
        let path = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true).dropFirst(2).joined(
            separator: "/")
        return "/" + path.prefix { $0 != "?" }.prefix(10) + (path.count > 10 ? "…" : "")
    }

    private func expectStatus(_ row: DemoShow.Row, _ status: LinkStatus) async throws {
        let found = try await download().first { $0.contactID == row.contactID }?.status
        guard found == status.rawValue else { throw CommandError("the status is \(found ?? "missing")") }
        narrate("  status: \(status.rawValue)")
    }

    private func download() async throws -> [DemoShow.Row] {
        let found = try workspace.distributions.distribution(distribution)
        let path = workspace.root + "/again.csv"
        let uses = try await UseAccounts(of: workspace).uses(of: found)
        _ = try await workspace.distributions.download(
            distribution, uses: uses, key: workspace.distributions.key(for: found, in: keyring), output: path, at: .now)
        return try DemoShow.rows(of: path)
    }
}
