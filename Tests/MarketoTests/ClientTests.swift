import Cryptography
import Distributions
import Foundation
import Marketo
import MarketoStandIn
import TestSupport
import Testing

@Suite struct `The client` {
    @Test(arguments: [
        Fault.code("601"), .code("602"), .code("604"), .code("606"), .code("608"), .code("611"), .code("615"),
        .code("713"), .status(500), .status(503), .cut, .expiry,
    ])
    func `gets over what passes`(fault: Fault) async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = [fault] }
            let found1 = try await test.client.lists().map(\.id)
            #expect(found1 == [1001])
            #expect(test.standIn.change { $0.calls.count { $0.hasSuffix("lists.json") } } == 2)
        }
    }

    @Test func `gets over an answer that comes too late`() async throws {
        try await Setting.run(timeout: .seconds(5)) { (test) in
            test.standIn.change { $0.faults = [.slow(.seconds(10))] }
            let found2 = try await test.client.lists().count
            #expect(found2 == 1)
        }
    }

    @Test func `waits for most of the window when it calls too often`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = [.code("606")] }
            _ = try await test.client.lists()
            #expect(test.time.waited >= .seconds(10))
        }
    }

    @Test func `renews its token before it expires`() async throws {
        try await Setting.run { (test) in
            _ = try await test.client.lists()
            test.time.pass(.seconds(3600 - 20))
            _ = try await test.client.lists()
            let calls = test.standIn.change { $0.calls }
            #expect(calls.count { $0.hasPrefix("/identity") } == 2)
            #expect(calls.count { $0.hasSuffix("lists.json") } == 2, "no call was refused")
        }
    }

    @Test(arguments: [
        ("607", MarketoError.dailyQuotaReached(message: "as it happens")),
        ("603", .accessDenied(call: "GET /rest/v1/lists/1001.json", message: "as it happens")),
        ("1003", .refused(call: "GET /rest/v1/lists/1001.json", code: "1003", message: "as it happens")),
        ("1013", .listNotFound("1001")), ("610", .listNotFound("1001")),
    ])
    func `does not repeat what would fail again`(code: String, error: MarketoError) async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = [.code(code)] }
            await #expect(throws: error) { try await test.client.list(id: 1001) }
            #expect(test.standIn.change { $0.calls.count } == 2)
            #expect(test.time.waited == .zero)
        }
    }

    @Test func `gives up in the end, and says so`() async throws {
        try await Setting.run(backoff: Backoff(base: .seconds(1), limit: .seconds(4), attempts: 5)) { (test) in
            test.standIn.change { $0.faults = Array(repeating: .code("713"), count: 9) }
            await #expect(
                throws: MarketoError.unavailable(
                    call: "GET /rest/v1/lists.json", reason: "as it happens (713)", attempts: 5)
            ) { try await test.client.lists() }
            #expect(test.time.waited <= .seconds(1 + 2 + 4 + 4))
        }
    }

    @Test func `stops soon where tokens are given and refused, and names the endpoint`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = Array(repeating: .code("601"), count: 20) }
            let error = await #expect(throws: MarketoError.self) { try await test.client.lists() }
            guard case .tokensRefused(_, attempts: 4) = error else {
                Issue.record("\(error!)")
                return
            }
            #expect("\(error!)".contains("different instances"))
        }
    }

    @Test func `is cancelled while it waits for an answer`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = [.slow(.seconds(2))] }
            let task = Task { try await test.client.lists() }
            task.cancel()
            await #expect(throws: MarketoError.cancelled) { try await task.value }
        }
    }

    @Test func `says that the credentials are wrong without telling them`() async throws {
        try await Setting.run(secret: "wrong-secret") { (test) in
            let error = await #expect(throws: MarketoError.self) { try await test.client.lists() }
            #expect(error == .credentialsRefused("invalid_client, Bad client credentials"))
            #expect("\(error!)".contains("wrong-secret") == false)
        }
    }

    @Test func `pages through more lists than one answer holds, and finds one by name`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { instance in
                instance.lists += (1..<650).map { .init(id: 2000 + $0, name: "List \($0 / 2)", leads: []) }
            }
            let found3 = try await Set(test.client.lists().map(\.id)).count
            #expect(found3 == 650)
            let found4 = try await test.client.list(named: "Q4 customers").id
            #expect(found4 == 1001)
            await #expect(throws: MarketoError.ambiguousList(name: "List 3", ids: [2006, 2007])) {
                try await test.client.list(named: "List 3")
            }
            await #expect(throws: MarketoError.listNotFound("\"None\"")) { try await test.client.list(named: "None") }
        }
    }
}

@Suite struct `Credentials` {
    @Test(arguments: [
        "https://123-ABC-456.mktorest.com/rest", "https://123-ABC-456.mktorest.com/identity",
        "https://123-ABC-456.mktorest.com",
    ])
    func `go to the endpoint that Marketo shows`(text: String) throws {
        #expect(try MarketoEndpoint(text).origin == "https://123-ABC-456.mktorest.com")
    }

    @Test(arguments: [
        "http://123-ABC-456.mktorest.com/rest", "http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://127.0.0.1",
        "https://user:pw@x.example", "https://x.example/other", "https://x.example?a=b", "x.example", "",
    ])
    func `go nowhere else`(text: String) {
        #expect(throws: MarketoError.endpoint(text)) { try MarketoEndpoint(text) }
    }

    @Test func `come from a file that only its owner can read`() throws {
        let directory = TemporaryDirectory()
        let text = "# of the sandbox\nLINKSEAL_MARKETO_CLIENT_ID=a\r\nLINKSEAL_MARKETO_CLIENT_SECRET=b=c\n"
        try directory.write(Array(text.utf8), to: "credentials")
        let path = directory.path("credentials")
        let environment = ["LINKSEAL_MARKETO_ENDPOINT": "https://x.mktorest.com"]
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let sources: [any ContactListSource.Type] = [MarketoSource.self]
        let credentials = try MarketoCredentials(
            SourceCredentials(file: path, environment: environment, of: sources))
        #expect(credentials.endpoint.origin == "https://x.mktorest.com")
        #expect(!"\(credentials)".contains("b=c"))

        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: SourceCredentialsError.file(.fileTooOpen(path: path, mode: 0o644))) {
            try SourceCredentials(file: path, environment: environment, of: sources)
        }
        #expect(
            throws: SourceCredentialsError.missing([
                "LINKSEAL_MARKETO_CLIENT_ID", "LINKSEAL_MARKETO_CLIENT_SECRET",
            ])
        ) { try MarketoCredentials(SourceCredentials(environment: environment, of: sources)) }
    }
}
