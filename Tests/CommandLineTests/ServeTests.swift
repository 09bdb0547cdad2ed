import AsyncHTTPClient
import Foundation
import NIOCore
import TestSupport
import Testing

/// The real server as a process of its own, spoken to over HTTP and killed without warning.
@Suite(.serialized) struct ServeTests {
    @Test func `of a thousand concurrent starts of one link exactly one is the start`() async throws {
        let place = try await Place.with(contacts: 1)
        let server = try await Server(place)
        let token = try place.tokens()[0]
        let outcomes = try await withThrowingTaskGroup(of: String.self) { (group) in
            for _ in 0..<1000 { group.addTask { try await server.start(token).outcome } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["started": 1, "resumed": 999])
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
        let place = try await Place.with(contacts: 20_000)
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
        let counts = try await place.command.json("distributions", as: [[String: JSONValue]].self)
        #expect(Int(counts[0]["started"]?.number ?? 0) >= acknowledged.count)
    }

    @Test(.timeLimit(.minutes(2)))
    func `of two servers on a log and its copy only the one whose file has the name starts links`() async throws {
        let place = try await Place.with(contacts: 3)
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
        let place = try await Place.with(contacts: 2)
        let server = try await Server(place)
        let tokens = try place.tokens()
        #expect(try await server.start(tokens[0]).outcome == "started")
        try await place.command.succeed("delete", "NPS", "--yes")
        let sequence = try await place.command.json("publish", as: [String: JSONValue].self)["sequence"]?.number
        try await server.waitForBundle(try #require(sequence))
        for token in tokens { #expect(try await server.start(token).outcome == "link_deleted") }
        let rows = try await place.command.json("distributions", as: [[String: JSONValue]].self)
        #expect(rows[0]["status"]?.string == "deleted" && rows[0]["started"]?.number == 1)
        await server.terminate()
    }

    @Test func `a second server on the same log is refused, and says why`() async throws {
        let place = try await Place.with(contacts: 1)
        let server = try await Server(place)
        let outcome = try await place.command.run("serve", "--listen", "127.0.0.1:0")
        #expect(outcome.status == 1 && outcome.errors.contains("another process"), "\(outcome.errors)")
        await server.terminate()
    }

    @Test func `the demonstration walks to its end`() async throws {
        let place = try await Place(initialized: false)
        let outcome = try await place.command.run("demo", "--walk")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("All went as it should."))
    }
}

extension Place {
    /// A workspace with one distribution of so many contacts.
    static func with(contacts count: Int) async throws -> Place {
        let place = try await Place()
        let rows = (0..<count).map { "C\($0),c\($0)@example.com" }
        try place.write("id,email\n" + rows.joined(separator: "\n") + "\n", to: "people.csv")
        let outcome = try await place.generate("people.csv")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return place
    }

    /// The tokens of its spreadsheet.
    func tokens() throws -> [String] {
        try read("links.csv").split(separator: "\r\n").dropFirst().map {
            String($0.split(separator: ",", omittingEmptySubsequences: false)[6].dropFirst(Self.baseURL.count))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `with --tracing the log names the trace that a request is part of`() async throws {
        let place = try await Place()
        let server = try await Server(place, ["--tracing"])
        var request = HTTPClientRequest(url: server.url + "/healthz")
        request.headers.add(
            name: "traceparent", value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(answer.status == .ok)
        let line = await server.lines.first { $0.contains("route=/healthz") } ?? ""
        #expect(line.contains("trace_id=0af7651916cd43dd8448eb211c80319c"))
        #expect(line.contains("parent_id=b7ad6b7169203331"))
        await server.terminate()
    }
}
