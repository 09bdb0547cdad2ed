import Cryptography
import Distributions
import Marketo
import MarketoStandIn
import Testing

@testable import AdminConsole

@Suite struct MarketoPageTests {
    @Test func `lists of Marketo are shown and fetched, the smart ones too`() async throws {
        var instance = Instance(lists: [.init(id: 1001, name: "Q4 customers", leads: Array(1...700))], seed: 1)
        instance.smartLists = [.init(id: 2001, name: "Promoters", leads: Array(1...20))]
        try await MarketoStandIn.serve(instance) { [instance] (standIn) in
            let sources = try ContactSources(
                [MarketoSource.self],
                credentials: SourceCredentials(
                    environment: [
                        "LINKSEAL_MARKETO_ENDPOINT": standIn.endpoint,
                        "LINKSEAL_MARKETO_CLIENT_ID": instance.clientID,
                        "LINKSEAL_MARKETO_CLIENT_SECRET": instance.clientSecret,
                    ], of: [MarketoSource.self]))
            try await ConsoleHarness.run(sources: sources) { (console) in
                let browser = try await console.signIn()
                let page = try await browser.get("/contacts/marketo").body
                #expect(page.contains("<option value=\"1001\">Q4 customers"))
                #expect(page.contains("<option value=\"smart-2001\">Promoters (smart list"))
                let job = try await browser.post(
                    "/contacts/marketo", [("list", "1001"), ("name", "Customers"), ("fields", "company")])
                #expect(try await browser.finish(job.location).body.contains("700 contacts are in the list"))
                let list = try console.workspace.contacts.list(named: "Customers")
                #expect(list.contacts == 700 && list.embeddedNames == ["company"])
                #expect(try await browser.post("/contacts/marketo", [("list", "x"), ("name", "Other")]).status == 400)
            }
        }
    }

    @Test func `without credentials there is no such page`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            #expect(try await browser.get("/contacts/marketo").status == 404)
            #expect(try await browser.post("/contacts/marketo", [("list", "1001")]).status == 404)
        }
    }

    @Test func `an edge that runs a later bundle than a restored workspace published is ahead, not behind`() {
        func standing(_ sequence: UInt64) -> String {
            EdgeReport(edge: "http://127.0.0.1:1", sequence: sequence, problem: nil).standing(beside: 51)
        }
        #expect(standing(51) == "up to date")
        #expect(standing(50) == "behind 51")
        #expect(standing(61) == "ahead of 51; publish a sequence above 61")
    }

    @Test func `edges that can't be asked are said to be so`() async throws {
        try await ConsoleHarness.run(edges: ["http://127.0.0.1:1", "no address"]) { (console) in
            let browser = try await console.signIn()
            let page = try await browser.get("/keys")
            #expect(page.status == 200)
            #expect(page.body.contains("http://127.0.0.1:1") && page.body.contains("unknown"))
        }
    }
}
