import AsyncHTTPClient
import Foundation
import NIOCore
import TestSupport
import Testing

/// The real server as a process of its own, spoken to over HTTP and killed without warning.
@Suite(.serialized) struct ServeTests {
    @Test func `of a thousand concurrent starts of one link exactly one is the start`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        let token = try place.tokens()[0]
        let outcomes = try await withThrowingTaskGroup(of: String.self) { (group) in
            for _ in 0..<1000 { group.addTask { try await server.start(token).outcome } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["started": 1, "resumed": 999])
        await server.terminate()
    }

    @Test(arguments: [
        (arguments: [String](), hasOtherProvider: false, preparedKeys: "1"),
        (arguments: ["--verify-with", "evp"], hasOtherProvider: false, preparedKeys: "0"),
        // OpenSSL knows a provider by the name in its configuration, and Debian has none that is validated.
        (arguments: [], hasOtherProvider: true, preparedKeys: "0"),
    ]) func `P-256 is verified with tables, except on request and beside a provider for FIPS`(
        arguments: [String], hasOtherProvider: Bool, preparedKeys: String
    ) async throws {
        let place = try await ProgramWorkspace(initialized: false)
        try await place.succeed("init", "--algorithm", "P-256")
        try place.write("email\none@example.com\n", to: "contacts.csv")
        let generated = try await place.generate("contacts.csv")
        try #require(generated.status == 0, "\(generated.errors)")
        var environment: [String] = []
        if hasOtherProvider {
            let version = try await ChildProcess.run("openssl", ["version", "-m"]).output
            let modules = version.split(separator: "\"")[1]
            try place.write(
                """
                openssl_conf = start
                [start]
                providers = providers
                [providers]
                default = on
                fips = fips
                [on]
                activate = 1
                [fips]
                activate = 1
                module = \(modules)/legacy.so
                """, to: "openssl.cnf")
            environment = ["OPENSSL_CONF=" + place.path("openssl.cnf")]
        }
        let server = try await Server(place, arguments, environment: environment)
        // Keys are prepared before the source is looked at again.
        let sequence = try await server.metric("linkseal_trust_bundle_sequence").flatMap(Double.init)
        let another = try await place.generate("contacts.csv", name: "Another", out: "another.csv")
        try #require(another.status == 0, "\(another.errors)")
        try await server.waitForBundle(try #require(sequence) + 1)
        #expect(try await server.metric("linkseal_trust_bundle_prepared_keys") == preparedKeys)
        #expect(try await server.start(place.tokens()[0]).outcome == "started")
        await server.terminate()
    }

    @Test(arguments: [false, true])
    func `a server that is killed at any moment, compacting or not, has lost no start that it acknowledged`(
        compacting: Bool
    ) async throws {
        let rounds = Int(ProcessInfo.processInfo.environment["LINKSEAL_KILL_ROUNDS"] ?? "") ?? 20
        let seed =
            ProcessInfo.processInfo.environment["LINKSEAL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let place = try await ProgramWorkspace.with(contacts: 20_000)
        let tokens = try place.tokens()
        var unused = tokens[...]
        var acknowledged: [String] = []
        for round in 0..<rounds {
            let server = try await Server(place)
            let batch = Array(unused.prefix(20_000 / rounds))
            unused = unused.dropFirst(batch.count)
            let delay = Duration.milliseconds(Int(random.next() % 150) + 5)
            let compactingDelay = Duration.microseconds(Int(random.next() % 20_000))
            let started = await withTaskGroup(of: [String].self) { (group) in
                for worker in 0..<16 {
                    group.addTask {
                        var started: [String] = []
                        for index in stride(from: worker, to: batch.count, by: 16) {
                            // A request that the kill cut off has no answer, and proves nothing.
                            guard let answer = try? await server.start(batch[index]) else { break }
                            if answer.outcome == "started" { started.append(batch[index]) }
                        }
                        return started
                    }
                }
                group.addTask {
                    // What is tested is a kill at a random moment; nothing waits for it.
                    try? await Task.sleep(for: delay)
                    if compacting {
                        server.compact()
                        try? await Task.sleep(for: compactingDelay)
                    }
                    server.kill()
                    return []
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            acknowledged += started
            await server.killed()

            let again = try await Server(place)
            for token in started {
                let answer = try await again.start(token)
                #expect(answer.outcome == "resumed", "round \(round), seed \(seed): an acknowledged start is lost")
            }
            await again.killed()
        }
        #expect(!acknowledged.isEmpty, "seed \(seed)")
        let counts = try await place.json("distributions", as: [[String: JSONValue]].self)
        #expect(Int(counts[0]["started"]?.number ?? 0) >= acknowledged.count)
    }

    @Test(.timeLimit(.minutes(2)))
    func `of two servers on a log and its copy only the one whose file has the name starts links`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let tokens = try place.tokens()
        let first = try await Server(place)
        #expect(try await first.start(tokens[0]).outcome == "started")
        let log = place.path("linkseal-data/consumption.log")
        try FileManager.default.copyItem(atPath: log, toPath: log + ".copy")
        #expect(rename(log + ".copy", log) == 0)
        let second = try await Server(place)
        #expect(try await second.start(tokens[1]).outcome == "started")
        #expect(try await first.start(tokens[1]).outcome == "log_unavailable")
        #expect(try await first.start(tokens[2]).outcome == "log_unavailable")
        #expect(try await first.status(of: "/readyz") == 503)
        #expect(try await first.status(of: "/healthz") == 200)
        let line = await first.lines.first { $0.contains("are not recorded") } ?? ""
        #expect(line.contains("the file was removed, or another one has its name"), "\(line)")
        #expect(try await second.start(tokens[0]).outcome == "resumed")
        #expect(try await second.status(of: "/readyz") == 200)
        await first.terminate()
        await second.terminate()
    }

    @Test func `deleting reaches a running server, and its links are refused`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        let server = try await Server(place)
        let tokens = try place.tokens()
        #expect(try await server.start(tokens[0]).outcome == "started")
        try await place.succeed("delete", "NPS", "--yes")
        let sequence = try await place.json("publish", as: [String: JSONValue].self)["sequence"]?.number
        try await server.waitForBundle(try #require(sequence))
        for token in tokens { #expect(try await server.start(token).outcome == "link_deleted") }
        let rows = try await place.json("distributions", as: [[String: JSONValue]].self)
        #expect(rows[0]["status"]?.string == "deleted" && rows[0]["started"]?.number == 1)
        await server.terminate()
    }

    @Test(arguments: [8, 12, 13, 14, 15, 16, 17, 20, 64, 255])
    func `with too few files the server says so and does not start`(limit: Int) async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let command = "ulimit -n \(limit) && exec '\(builtProgram("linkseal"))' serve --listen 127.0.0.1:0"
        let outcome = try await ChildProcess.run("sh", ["-c", command], in: place.root)
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("may open only \(limit) files"), "\(outcome.errors)")
        #expect(outcome.errors.contains("ulimit -n"))
    }

    @Test func `requests that were sent before SIGTERM are answered, and told that their connection ends`() async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        let port = try #require(URL(string: server.url)?.port)
        let request = Array("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        let answers = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<[String], any Error>) in
            Thread.detachNewThread {
                let open = (0..<75).map { (_) in LoopbackConnection(port: port, patience: 30) }
                // Half of them have been idle for a while, the others are as new as their request.
                for connection in open {
                    connection.send(request)
                    _ = connection.read { String(decoding: $0, as: UTF8.self).contains("ok\n") }
                }
                let new = (0..<75).map { (_) in LoopbackConnection(port: port, patience: 30) }
                for connection in open + new { connection.send(request) }
                server.signal(SIGTERM)
                continuation.resume(returning: (open + new).map { $0.readToEnd().text })
            }
        }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200") } == 150)
        #expect(answers.contains { $0.contains("Connection: close") })
        await server.ended()
    }

    @Test func `expiring now ends starts at that second, and every command and the edge tell the same end`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 2)
        let server = try await Server(place)
        let tokens = try place.tokens()
        #expect(try await server.start(tokens[0]).outcome == "started")
        let ended = try await place.json("expire", "NPS", "--at", "now", as: [String: JSONValue].self)
        try await server.waitForBundle(try #require(ended["sequence"]?.number))
        #expect(try await server.start(tokens[0]).outcome == "resumed")
        #expect(try await server.start(tokens[1]).outcome == "link_expired")

        let row = try await place.json("distributions", as: [[String: JSONValue]].self)[0]
        let end = try #require(row["expires"]?.string)
        #expect(row["status"]?.string == "expired")
        struct Bundle: Decodable { var distributions: [[String: JSONValue]] }
        let bundle = try await place.json("bundle", "show", as: Bundle.self)
        #expect(bundle.distributions[0]["expires"]?.string == end)
        #expect(try await place.succeed("bundle", "show").contains("  \(end)  NPS"))
        try await place.succeed("download", "NPS", "--out", "again.csv")
        let rows = try place.read("again.csv").split(separator: "\r\n").dropFirst()
        #expect(rows.allSatisfy { $0.contains(",\(end)") })
        #expect(rows.first?.contains("Survey Started") == true && rows.last?.contains("Link Expired") == true)
        let verdict = try await place.run("verify", tokens[1], "--json")
        #expect(verdict.output.contains("link_expired") && verdict.output.contains(end), "\(verdict)")
        await server.terminate()
    }

    @Test func `logs in JSON have numbers as numbers, and say when the edge is told to stop`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place, ["--log-format", "json"])
        #expect(try await server.start(try place.tokens()[0]).outcome == "started")
        try await place.succeed("keys", "make")
        try await place.succeed("publish")
        try await server.waitForBundle(3)
        server.signal(SIGUSR1)
        var entries: [[String: JSONValue]] = []
        for await line in server.lines {
            entries.append(try JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8)))
            if entries.last?["message"]?.string == "compacted the log" { await server.terminate() }
        }
        func entry(_ message: String) throws -> [String: JSONValue] {
            try #require(entries.last { $0["message"]?.string?.hasPrefix(message) == true }, "\(message): \(entries)")
        }
        let bundle = try entry("trust bundle in force")
        #expect(bundle["sequence"]?.number == 3 && bundle["keys"]?.number == 2 && bundle["distributions"]?.number == 1)
        let compacted = try entry("compacted the log")
        #expect(compacted["before"]?.number == 1 && compacted["after"]?.number == 1)
        let request = try entry("request")
        #expect(request["status"]?.number != nil && request["ms"]?.number != nil)
        #expect(try entry("stopping: ")["level"]?.string == "notice")
        #expect(entries.last?["message"]?.string?.hasPrefix("stopped: ") == true)
        // Whatever reads as a number is one, but for identifiers.
        for (name, value) in entries.flatMap({ $0 }) where !["root", "distribution", "keyID"].contains(name) {
            if let text = value.string { #expect(Double(text) == nil, "\(name): \(text)") }
        }
    }

    @Test func `an edge of a private authority is asked with its certificate, and by the user that its address names`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 1)
        try await CertificateFiles(in: place.root).issue()
        let server = try await Server(place, ["--tls-cert", "tls.crt", "--tls-key", "tls.key"])
        let url = server.url.replacing("http://", with: "https://me:hunter2@")
        let trusted = try await place.run("bundle", "status", url, "--ca-file", "tls.crt")
        #expect(trusted.status == 0 && trusted.output.contains("up to date"), "\(trusted)")
        let untrusted = try await place.run("bundle", "status", url)
        #expect(untrusted.status == 1 && untrusted.output.contains("certificate is not trusted"), "\(untrusted)")
        for outcome in [trusted, untrusted] { #expect(!outcome.output.contains("hunter2")) }
        let nowhere = try await place.run("bundle", "status", "127.0.0.1:9")
        #expect(nowhere.output.contains("expected https:// or http:// and a host"), "\(nowhere)")

        // The same for the edge that fetches a bundle.
        let keys = [
            "--root-key", "keys/root.pub.pem", "--session-key", "keys/session.key", "--log", "e.log", "--new-log",
        ]
        let refused = try await place.run(
            ["serve", "--listen", "127.0.0.1:0", "--bundle", url + "/bundle.json"] + keys)
        #expect(refused.status == 1 && refused.errors.contains("--ca-file names a private authority"), "\(refused)")
        #expect(refused.errors.contains("https://me:***@127.0.0.1") && !refused.errors.contains("hunter2"))
        let missing = try await place.run(
            ["serve", "--listen", "127.0.0.1:0", "--bundle", url + "/bundle.json", "--ca-file", "tls.crt"] + keys)
        #expect(missing.status == 1 && missing.errors.contains("the server answers with the status 404"), "\(missing)")
        await server.terminate()
    }

    @Test func `a second server on the same log is refused, and says why`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        let outcome = try await place.run("serve", "--listen", "127.0.0.1:0")
        #expect(outcome.status == 1 && outcome.errors.contains("another process"), "\(outcome.errors)")
        await server.terminate()
    }

    @Test func `a proxy is told to admit a link's token only with --auth-accepts-tokens`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        for (arguments, status) in [([], 401), (["--auth-accepts-tokens"], 204)] as [([String], UInt)] {
            let server = try await Server(place, arguments)
            var request = HTTPClientRequest(url: server.url + "/auth")
            request.headers.add(name: "Authorization", value: "Bearer \(try place.tokens()[0])")
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            #expect(answer.status.code == status)
            await server.terminate()
        }
    }

    @Test func `the demonstration walks to its end`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        let outcome = try await place.run("demo", "--walk")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("All went as it should."))
    }
}
