import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Foundation
import Glibc
import LinkToken
import TestSupport
import Testing

/// Edges with logs of their own, and one admin who counts across them.
@Suite(.timeLimit(.minutes(10))) struct EdgesTests {
    /// An edge, whose listener for operations has the same address in each of its lives.
    final class Edge {
        let place: ProgramWorkspace
        let name: String
        let operations: String
        private(set) var server: Server

        init(_ name: String, in place: ProgramWorkspace) async throws {
            (self.place, self.name) = (place, name)
            operations = "127.0.0.1:\(try ListeningSocket().port)"
            server = try await Self.serve(name, operations, place)
        }

        var url: String { "http://\(operations)" }

        private static func serve(_ name: String, _ operations: String, _ place: ProgramWorkspace) async throws
            -> Server
        {
            try await Server(
                place,
                [
                    "--operations-listen", operations, "--consumption-key-file", "consumption.key", "--bundle",
                    "linkseal-data/bundle.json", "--root-key", "keys/root.pub.pem", "--session-key",
                    "keys/session.key", "--log", "\(name).log", "--new-log",
                ])
        }

        func restart() async throws {
            await server.killed()
            server = try await Self.serve(name, operations, place)
        }

        /// Has it compact its log, and waits until it has.
        func compact() async {
            server.compact()
            for await line in server.lines where line.contains("compacted the log") { break }
        }

        /// What the admin knows of it is what it has.
        func expectCopied() async throws {
            let copy = try await place.succeed("log", "export", "linkseal-data/edges/\(name)/fetched.log")
            let log = try await place.succeed("log", "export", "\(name).log")
            let isSame = copy == log
            #expect(isSame, "\(name)")
        }
    }

    struct Counts: Decodable, Equatable {
        struct Source: Decodable, Equatable {
            var source: String
            var asOf, failure: String?
        }

        var started, finished: Int
        var countedFrom: [Source]

        func expect(started: Int, finished: Int) {
            #expect(self.started == started && self.finished == finished, "\(self)")
        }
    }

    private func counts(_ place: ProgramWorkspace) async throws -> (counts: Counts, warnings: [String]) {
        let outcome = try await place.run("distributions", "NPS", "--json")
        try #require(outcome.status == 0, "\(outcome)")
        let warnings = try JSONTests.lines(outcome).compactMap(\.warning)
        return (try JSONDecoder().decode(Counts.self, from: Data(outcome.output.utf8)), warnings)
    }

    private func status(of url: String, authorization: String? = nil) async throws -> UInt {
        var request = HTTPClientRequest(url: url)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status.code
    }

    /// Events of links that nobody counts, so that fetching the log takes many pages.
    private func fill(_ path: String) async throws {
        let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
        let other = DistributionID(rawValue: 0xF111)!
        await withTaskGroup(of: Void.self) { (group) in
            for serial in UInt32(0)..<60_000 {
                group.addTask {
                    let nonce = Nonce(distribution: other, serial: Serial(rawValue: serial))
                    let terms = StartTerms(mayBegin: true, resume: .standard)
                    _ = try? await log.start(nonce, at: UnixTime(rawValue: 1_800_000_000), terms: terms)
                }
            }
        }
        await log.close()
    }

    /// Runs a fetch, and does something as soon as part of a log is here that takes the place of another when it is whole.
    private func fetch(_ edge: Edge, interrupted: (ChildProcess) -> Void) async throws -> ChildProcess.Ending {
        let incoming = edge.place.path("linkseal-data/edges/\(edge.name)/incoming.log")
        let process = try ChildProcess(ProgramWorkspace.program, ["edges", "fetch", edge.name], in: edge.place.root)
        let ending = Task { await process.end() }
        while access(incoming, F_OK) != 0, kill(process.id, 0) == 0 { await Task.yield() }
        interrupted(process)
        return await ending.value
    }

    @Test func `the numbers are the sum over all edges, and killing and compacting change nothing about that`()
        async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 6)
        let tokens = try place.tokens()
        try await place.succeed("edges", "new-key", "consumption.key")
        try await fill(place.path("one.log"))
        let (one, two) = (try await Edge("one", in: place), try await Edge("two", in: place))
        for edge in [one, two] {
            try await place.succeed(
                "edges", "add", edge.url, "--name", edge.name, "--key-file", "consumption.key")
        }
        var (found, warnings) = try await counts(place)
        found.expect(started: 0, finished: 0)
        #expect(found.countedFrom.map(\.source) == ["the log of this workspace", "one", "two"])
        #expect(found.countedFrom.allSatisfy { $0.asOf != nil } && warnings.isEmpty)

        #expect(try await one.server.start(tokens[0]).outcome == "started")
        #expect(try await two.server.start(tokens[1]).outcome == "started")
        #expect(try await two.server.finish(tokens[1]).outcome == "finished")
        try await counts(place).counts.expect(started: 2, finished: 1)
        // Logs apart accept a link once each. It counts once.
        #expect(try await two.server.start(tokens[0]).outcome == "started")
        try await counts(place).counts.expect(started: 2, finished: 1)
        let reminder = try await place.run(
            "download", "NPS", "--only-status", "Email Not Sent", "--out", "reminder.csv")
        #expect(reminder.status == 0 && reminder.output.hasPrefix("4 links"), "\(reminder)")
        #expect(
            reminder.errors.contains(
                /Counted at \S+ from the log of this workspace, one as of \S+ and two as of \S+\.\n/))

        await one.compact()
        #expect(try await one.server.start(tokens[2]).outcome == "started")
        #expect(try await one.server.finish(tokens[0]).outcome == "finished")
        try await counts(place).counts.expect(started: 3, finished: 2)
        for edge in [one, two] { try await edge.expectCopied() }

        // The edge is killed while its log is fetched.
        var cutShort = 0
        for round in 0..<20 where cutShort < 2 {
            await one.compact()
            if round == 0 { #expect(try await one.server.start(tokens[3]).outcome == "started") }
            if case .exited(1) = try await fetch(one, interrupted: { (_) in one.server.kill() }) { cutShort += 1 }
            (found, warnings) = try await counts(place)
            #expect((3...4).contains(found.started) && found.finished == 2, "\(found)")
            #expect(warnings.count == 1 && warnings[0].hasPrefix("one could not be fetched: "), "\(warnings)")
            #expect(found.countedFrom[1].asOf != nil && found.countedFrom[1].failure != nil)
            try await one.restart()
            try await counts(place).counts.expect(started: 4, finished: 2)
            try await one.expectCopied()
        }
        #expect(cutShort == 2)

        // And so is the admin's side.
        cutShort = 0
        for _ in 0..<20 where cutShort < 2 {
            await one.compact()
            if case .signalled = try await fetch(one, interrupted: { $0.send(SIGKILL) }) { cutShort += 1 }
            try await counts(place).counts.expect(started: 4, finished: 2)
            try await one.expectCopied()
        }
        #expect(cutShort == 2)

        // What an edge told still counts when it is gone for good.
        #expect(try await two.server.start(tokens[4]).outcome == "started")
        try await place.succeed("edges", "fetch")
        try await place.succeed("edges", "retire", "two")
        await two.server.killed()
        (found, warnings) = try await counts(place)
        found.expect(started: 5, finished: 2)
        #expect(warnings.isEmpty)
        // Only the edge that is forgotten knew of one finish and two starts.
        try await place.succeed("edges", "remove", "two", "--yes")
        try await counts(place).counts.expect(started: 3, finished: 1)
        await one.server.terminate()
    }

    @Test func `the log is for those who have the key, at the listener for operations`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        try await place.succeed("edges", "new-key", "consumption.key")
        let edge = try await Edge("one", in: place)
        let key = "Bearer " + (try place.read("consumption.key"))
        #expect(try await status(of: edge.url + "/consumption", authorization: key) == 200)
        #expect(try await status(of: edge.url + "/consumption", authorization: key + "0") == 401)
        #expect(try await status(of: edge.url + "/consumption") == 401)
        #expect(try await status(of: edge.server.url + "/consumption", authorization: key) == 404)

        try await place.succeed("edges", "new-key", "other.key")
        for (url, key, problem) in [
            (edge.url, "other.key", "refuses the key"), (edge.server.url, "consumption.key", "listener for operations"),
            ("http://127.0.0.1:1", "consumption.key", "refused"),
        ] {
            let add = ["edges", "add", url, "--key-file", key, "--name", "wrong"]
            var outcome = try await place.run(add)
            #expect(outcome.status == 1 && outcome.errors.contains(problem), "\(outcome)")
            #expect(try await place.json("edges", "list", as: [[String: JSONValue]].self).isEmpty)
            outcome = try await place.run(add + ["--unreached"])
            #expect(outcome.status == 0 && outcome.errors.contains(problem), "\(outcome)")
            let counted = try await counts(place)
            #expect(
                counted.warnings.count == 1
                    && counted.warnings[0].contains("nothing that was consumed there is counted"))
            try await place.succeed("edges", "remove", "wrong", "--yes")
        }
        for url in [
            "http://edge.example:9090", "http://203.0.113.9", "http://me:secret@127.0.0.1:9090", "ftp://edge.example",
        ] {
            let outcome = try await place.run("edges", "add", url, "--key-file", "consumption.key")
            #expect(outcome.status == 1 && !outcome.errors.contains("secret"), "\(outcome)")
        }
        #expect(try await place.json("edges", "list", as: [[String: JSONValue]].self).isEmpty)
        await edge.server.terminate()
    }

    @Test func `without fetching, edges are counted as they are known`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        try await place.succeed("edges", "new-key", "consumption.key")
        let edge = try await Edge("one", in: place)
        try await place.succeed("edges", "add", edge.url, "--key-file", "consumption.key")
        #expect(try await edge.server.start(place.tokens()[0]).outcome == "started")
        let known = try await place.run("distributions", "NPS", "--no-fetch", "--json")
        #expect(known.status == 0 && known.output.contains("\"started\" : 0") && known.errors.isEmpty, "\(known)")
        try await counts(place).counts.expect(started: 1, finished: 0)
        let both = try await place.run("distributions", "--no-fetch", "--log", "one.log")
        #expect(both.status == 64)
        let alone = try await place.run("distributions", "--log", "one.log")
        #expect(alone.errors.contains(/Counted at \S+ from one\.log alone\./), "\(alone)")
        await edge.server.terminate()
    }
}
