import BrowserDriver
import Foundation
import Glibc
import TestSupport
import Testing

/// What a recipient meets: a network that may lose answers, nginx as the documentation configures it, the built edge,
/// and a survey behind both.
struct RecipientSite: Sendable {
    let workspace: ProgramWorkspace
    let driver: WebDriver
    let network: CuttingProxy
    let gate: SurveyGate
    let address: String
    /// Links of contacts `c0` and on.
    let links: [String]

    /// - Parameter resume: how long started surveys may be resumed, as a person says it.
    static func run(
        links count: Int = 1, resume: String = "7d", _ body: @Sendable (RecipientSite) async throws -> Void
    ) async throws {
        let workspace = try await ProgramWorkspace()
        let proxy = freePort()
        let network = try CuttingProxy(to: proxy)
        let address = "http://127.0.0.1:\(network.port)"
        let links = try await workspace.generate(
            "Visit", contacts: (0..<count).map { "c\($0)" }, survey: address + "/survey?session={session}",
            base: address + "/l/", resume: resume)
        try #require(links.count == count)
        try await SurveyServer.serve { (survey, gate) in
            let edge = try await ServingProcess(in: workspace.root)
            let nginx = try startNginx(in: workspace, edge: edge.port, proxy: proxy, survey: survey)
            let driver = try await WebDriver()
            try await always {
                await driver.stop()
                nginx.send(SIGTERM)
                _ = await nginx.end()
                await edge.stop()
            } after: {
                try await waitUntilServing(address)
                try await body(
                    RecipientSite(
                        workspace: workspace, driver: driver, network: network, gate: gate, address: address,
                        links: links))
            }
        }
    }

    /// The very configuration of the documentation, with its ports replaced.
    private static func startNginx(
        in workspace: ProgramWorkspace, edge: Int, proxy: Int, survey: Int
    ) throws -> ChildProcess {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EdgeService/EdgeService.docc/ForwardAuthentication.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let block = try #require(
            text.components(separatedBy: "```nginx\n").last?.components(separatedBy: "```").first)
        let server = block.replacing("127.0.0.1:8080", with: "127.0.0.1:\(edge)")
            .replacing("127.0.0.1:8081", with: "127.0.0.1:\(proxy)")
            .replacing("127.0.0.1:9000", with: "127.0.0.1:\(survey)")
            .replacing("/var/log/nginx", with: workspace.root)
        let root = workspace.root
        try workspace.write(
            """
            daemon off;
            pid \(root)/nginx.pid;
            error_log \(root)/nginx.log;
            events {}
            http {
            access_log off;
            client_body_temp_path \(root)/body;
            proxy_temp_path \(root)/proxy;
            fastcgi_temp_path \(root)/fastcgi;
            uwsgi_temp_path \(root)/uwsgi;
            scgi_temp_path \(root)/scgi;
            \(server)
            }
            """, to: "nginx.conf")
        return try ChildProcess(
            "/usr/sbin/nginx", ["-p", root, "-e", root + "/nginx.log", "-c", workspace.path("nginx.conf")])
    }

    private static func waitUntilServing(_ address: String) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            let outcome = try await ChildProcess.run("curl", ["-s", "-o", "/dev/null", address + "/l/x"])
            if outcome.status == 0 { return }
        }
        Issue.record("nginx serves nothing at \(address)")
    }

    /// The statuses that the workspace tells, by contact.
    func statuses() async throws -> [String: String] {
        try await workspace.succeed("download", "Visit", "--out", "statuses.csv")
        return Dictionary(
            try workspace.rows("statuses.csv").map { ($0["Contact ID"] ?? "", $0["Status"] ?? "") }
        ) { $1 }
    }
}
