#if PostgreSQL
    import Foundation
    import Glibc
    import PostgresCluster
    import TestSupport
    import Testing

    extension `PostgreSQL` {
        /// The real program, twice, on one store, spoken to over HTTP.
        @Suite struct `Two edges` {
            static let links = Int(number("LINKSEAL_LINKS") ?? 1000)

            @Test func `of the starts of a link at both edges exactly one is started, and every command knows`()
                async throws
            {
                let database = try await Database(on: PostgresServer.start())
                let place = try await ProgramWorkspace()
                let tokens = try await place.generate(Self.links, name: "NPS")
                let edges = [
                    try await EdgeProcess(place, "--store", database.uri),
                    try await EdgeProcess(place, "--store", database.uri),
                ]
                let calls = tokens.flatMap { token in (edges + edges).map { ($0, token) } }
                let outcomes = try await EdgeProcess.all("start", calls.shuffled())
                #expect(outcomes.count == tokens.count)
                #expect(outcomes.values.allSatisfy { $0 == ["started": 1, "resumed": 3] })

                let finished = tokens.prefix(tokens.count / 4)
                let ends = try await EdgeProcess.all("finish", finished.flatMap { token in edges.map { ($0, token) } })
                #expect(
                    ends.values.allSatisfy { $0 == ["finished": 1, "already_finished": 1] }, "\(ends.first as Any)")

                let all = try await place.succeed("distributions", "--store", database.uri, "--json")
                let reports = try JSONSerialization.jsonObject(with: Data(all.utf8)) as? [[String: Any]]
                #expect(reports?.first?["started"] as? Int == tokens.count)
                #expect(reports?.first?["finished"] as? Int == finished.count)

                try await place.succeed("download", "NPS", "--store", database.uri, "--out", "again.csv")
                let sheet = try place.read("again.csv")
                #expect(
                    sheet.components(separatedBy: "Survey Finished").count - 1 == finished.count, "\(sheet.prefix(500))"
                )
                #expect(tokens.allSatisfy { sheet.contains($0) })

                let events = try await place.succeed("log", "export", "--store", database.uri)
                #expect(events.split(whereSeparator: \.isNewline).count == 1 + tokens.count + finished.count)
                try await place.succeed("log", "export", "--store", database.uri, "--out", "out.log")
                let check = try await place.succeed("log", "check", "out.log")
                #expect(check.contains("\(tokens.count) links started, \(finished.count) finished"), "\(check)")
                for edge in edges { await edge.terminate() }
            }

            @Test func `while the store is gone starts get 503 and consume nothing, and go on when it is back`()
                async throws
            {
                let server = try PostgresServer.start()
                let database = try await Database(on: server)
                let place = try await ProgramWorkspace()
                let tokens = try await place.generate(40, name: "NPS")
                let edges = [
                    try await EdgeProcess(place, "--store", database.uri),
                    try await EdgeProcess(place, "--store", database.uri),
                ]
                for edge in edges {
                    #expect(try await edge.get("/readyz").status == 200)
                    #expect(try await edge.get("/metrics").text.contains("\nlinkseal_log_accepting 1\n"))
                }
                #expect(try await edges[0].post("start", tokens[0]).outcome == "started")

                try server.kill()
                for edge in edges {
                    for token in tokens[1..<6] {
                        let reply = try await edge.post("start", token)
                        #expect(reply.status == 503)
                        #expect(reply.outcome == "log_unavailable")
                        #expect(reply.retryAfter.flatMap { Int($0) } ?? 0 > 0)
                    }
                    // Verifying needs no store.
                    for token in tokens[..<6] { #expect(try await edge.post("verify", token).status == 200) }
                    let ready = try await edge.get("/readyz")
                    #expect(ready.status == 503)
                    #expect(ready["log"] == "stopped")
                    #expect(try await edge.get("/metrics").text.contains("\nlinkseal_log_accepting 0\n"))
                    #expect(try await edge.get("/healthz").status == 200, "a restart would not help")
                }

                try server.start()
                for edge in edges {
                    #expect(try await edge.wait(for: "/readyz") { $0.status == 200 }.status == 200)
                    #expect(try await edge.get("/metrics").text.contains("\nlinkseal_log_accepting 1\n"))
                }
                #expect(try database.sql("SELECT count(*) FROM linkseal_link") == "1")
                let outcomes = try await EdgeProcess.all(
                    "start", tokens.dropFirst().flatMap { token in edges.map { ($0, token) } })
                #expect(outcomes.values.allSatisfy { $0 == ["started": 1, "resumed": 1] })
                #expect(try await edges[1].post("start", tokens[0]).outcome == "resumed")
                for edge in edges { await edge.terminate() }
            }

            @Test func `an edge reports PostgreSQL's numbers, as the dashboard asks for them`() async throws {
                let database = try await Database(on: PostgresServer.start())
                let place = try await ProgramWorkspace()
                let tokens = try await place.generate(3, name: "NPS")
                let edge = try await EdgeProcess(place, "--store", database.uri)
                for token in tokens { #expect(try await edge.post("start", token).outcome == "started") }
                let report = try await edge.get("/metrics").text
                #expect(report.contains("\nlinkseal_postgres_connections 1\n"))
                // Each start was a round trip of its own.
                #expect(report.contains("\nlinkseal_postgres_round_trip_calls_bucket{le=\"1\"} 3\n"))
                #expect(report.contains("\nlinkseal_postgres_round_trip_duration_seconds_count 3\n"))
                #expect(!report.contains("linkseal_log_records"))
                let check = try await ChildProcess.run("promtool", ["check", "metrics"], input: Array(report.utf8))
                #expect(check.status == 0 && check.errors == "", "\(check.output)\(check.errors)")
                for file in ["linkseal-dashboard.json", "linkseal-alerts.yml"] {
                    let path = URL(filePath: #filePath).deletingLastPathComponent()
                        .appending(path: "../../Sources/EdgeService/EdgeService.docc/\(file)")
                    let names = try String(contentsOf: path, encoding: .utf8).matches(of: /linkseal_postgres_[a-z_]+/)
                    #expect(!names.isEmpty)
                    for name in names { #expect(report.contains("\n\(name.output)"), "\(name.output)") }
                }
                await edge.terminate()
            }

            @Test func `a file log is taken over while the edges serve`() async throws {
                let database = try await Database(on: PostgresServer.start())
                let place = try await ProgramWorkspace()
                let old = try await place.generate(300, name: "Old")
                let new = try await place.generate(200, name: "New")
                let file = try await EdgeProcess(place)
                let before = try await EdgeProcess.all("start", old.map { (file, $0) })
                #expect(before.values.allSatisfy { $0 == ["started": 1] })
                await file.terminate()

                let edges = [
                    try await EdgeProcess(place, "--store", database.uri),
                    try await EdgeProcess(place, "--store", database.uri),
                ]
                async let serving = EdgeProcess.all("start", new.flatMap { token in edges.map { ($0, token) } })
                let report = try await place.succeed("log", "import", "--store", database.uri)
                #expect(report.contains("300 are new in the store"), "\(report)")
                #expect(try await serving.values.allSatisfy { $0 == ["started": 1, "resumed": 1] })

                let after = try await EdgeProcess.all("start", old.flatMap { token in edges.map { ($0, token) } })
                #expect(after.values.allSatisfy { $0 == ["resumed": 2] })
                let again = try await place.succeed("log", "import", "--store", database.uri)
                #expect(again.contains("0 are new in the store, 0 changed"), "\(again)")
                for edge in edges { await edge.terminate() }
            }
        }
    }
#endif
