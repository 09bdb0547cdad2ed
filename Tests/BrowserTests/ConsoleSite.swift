import BrowserDriver
import Foundation
import Glibc
import TestSupport
import Testing

/// The built console on a workspace of its own, and a browser to open it with.
struct ConsoleSite: Sendable {
    let workspace: ProgramWorkspace
    let driver: WebDriver
    let address: String
    static let password = "correct horse battery staple"

    /// - Parameter options: of `linkseal console`, beside those that every test has.
    static func run(
        options: [String] = [], files: [(name: String, text: String)] = [],
        _ body: @Sendable (ConsoleSite) async throws -> Void
    ) async throws {
        let workspace = try await ProgramWorkspace()
        try await workspace.succeed("console", "set-password", "--password-fd", "0", input: password + "\n")
        try workspace.write(#"{"baseURL": "https://links.example/l/"}"#, to: "linkseal-data/defaults.json")
        for file in files {
            try workspace.write(file.text, to: file.name)
            chmod(workspace.path(file.name), 0o600)
        }
        let console = try await ServingProcess(options, of: "console", in: workspace.root)
        try await always {
            await console.stop()
        } after: {
            let driver = try await WebDriver()
            try await always {
                await driver.stop()
            } after: {
                try await body(
                    ConsoleSite(workspace: workspace, driver: driver, address: console.url))
            }
        }
    }

    func signIn(_ browser: Browser, password: String = password) async throws {
        try await browser.open(address + "/sign-in")
        try await browser.find("#user").fill("admin")
        try await browser.find("#password").type(password)
        try await browser.find("button", "Sign in").follow()
    }

    /// Two distributions of a list of three contacts, made with the command line.
    func generateSamples() async throws {
        try workspace.write(Self.people, to: "people.csv")
        try await workspace.succeed("contacts", "import", "people.csv", "--name", "People")
        for (name, more) in [("Autumn", ["--expires", "30d"]), ("Zebra", ["--contact", "c1"])] {
            try await workspace.succeed(
                [
                    "generate", "--list", "People", "--name", name, "--out", "\(name).csv", "--survey-url",
                    "https://survey.example/s?c={contact_id}&r={session}", "--base-url", "https://links.example/l/",
                ] + more)
        }
    }

    /// Starts the survey of one contact at an edge, as the page of the link does.
    func start(_ contact: String, of distribution: String, at edge: ServingProcess) async throws {
        let rows = try workspace.rows("\(distribution).csv")
        let link = try #require(rows.first { $0["Contact ID"] == contact }?["Link"])
        let local = link.replacing("https://links.example/", with: "http://127.0.0.1:\(edge.port)/")
        let outcome = try await ChildProcess.run(
            "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", local])
        #expect(outcome.output == "303", "\(outcome.errors)")
    }

    /// An edge over the same workspace, while the body runs.
    func serve(_ body: (ServingProcess) async throws -> Void) async throws {
        let edge = try await ServingProcess(in: workspace.root)
        try await always {
            await edge.stop()
        } after: {
            try await body(edge)
        }
    }

    static let people = """
        Contact ID,First Name,Last Name,Email,Plan
        c1,Ada,Lovelace,ada@x.example,gold
        c2,Grace,Hopper,grace@x.example,silver
        c3,Zoë,Müller,zoe@x.example,gold

        """

    /// The address of the page of a distribution.
    func distribution(_ name: String, in browser: Browser) async throws -> String {
        try await browser.open(address + "/")
        return try await browser.find("link", name).property("href").string
    }

    /// The one file that the browser put into a directory.
    func downloaded(_ directory: String, in browser: Browser) async throws -> String {
        try await browser.wait(for: "the download") {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            return names.count == 1 && names[0].hasSuffix(".csv")
        }
        let name = try FileManager.default.contentsOfDirectory(atPath: directory)[0]
        let text = try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
        try FileManager.default.removeItem(atPath: directory + "/" + name)
        return text
    }
}
