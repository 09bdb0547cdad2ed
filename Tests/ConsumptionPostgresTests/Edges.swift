#if PostgreSQL
    import AsyncHTTPClient
    import Foundation
    import NIOCore
    import PostgresCluster
    import TestSupport
    import Testing

    extension ProgramWorkspace {
        /// Mints a distribution and gives its tokens.
        func generate(_ count: Int, name: String) async throws -> [String] {
            let base = "https://links.example/l/"
            try await succeed(
                "generate", "--dummy", String(count), "--name", name, "--survey-url",
                "https://survey.example/s?r={session}", "--base-url", base, "--out", "\(name).csv")
            let text = try read("\(name).csv")
            let tokens = text.components(separatedBy: base).dropFirst().map { link in
                String(link.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            }
            try #require(tokens.count == count)
            return tokens
        }
    }

    /// An edge of its own process, and how to speak to it.
    struct EdgeProcess: Sendable {
        let process: ServingProcess

        init(_ place: ProgramWorkspace, _ arguments: String...) async throws {
            process = try await ServingProcess(arguments, in: place.root)
        }

        func terminate() async {
            process.send(SIGTERM)
            #expect(await process.end() == .exited(0))
        }

        private static let client: HTTPClient = {
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.retryConnectionEstablishment = false
            return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }()

        struct Reply: Sendable {
            var status: UInt
            var retryAfter: String?
            var text: String

            /// A text or a number of the JSON object.
            subscript(name: String) -> String? {
                let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
                return object?[name].map { "\($0)" }
            }

            /// `started`, `resumed` and the like, or the code of the refusal.
            var outcome: String { self["outcome"] ?? self["code"] ?? String(status) }
        }

        func get(_ path: String) async throws -> Reply {
            try await send(HTTPClientRequest(url: process.url + path))
        }

        /// - Parameter verb: verify, start or finish.
        func post(_ verb: String, _ token: String) async throws -> Reply {
            var request = HTTPClientRequest(url: "\(process.url)/v1/\(verb)")
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: "{\"token\":\"\(token)\"}"))
            return try await send(request)
        }

        private func send(_ request: HTTPClientRequest) async throws -> Reply {
            let response = try await Self.client.execute(request, timeout: .seconds(120))
            let body = try await response.body.collect(upTo: 1 << 20)
            return Reply(
                status: response.status.code, retryAfter: response.headers.first(name: "retry-after"),
                text: String(buffer: body))
        }

        /// Asks again and again, as clients do that are told to come later.
        func wait(for path: String, _ isThere: (Reply) -> Bool) async throws -> Reply {
            let end = ContinuousClock.now + .seconds(60)
            while true {
                let reply = try await get(path)
                if isThere(reply) || .now > end { return reply }
                await Task.yield()
            }
        }
    }

    extension EdgeProcess {
        /// Does a verb with all the tokens, some of them at a time, and counts the outcomes of each token.
        static func all(
            _ verb: String, _ calls: [(edge: EdgeProcess, token: String)]
        ) async throws -> [String: [String: Int]] {
            try await withThrowingTaskGroup(of: (String, String).self) { group in
                var outcomes: [String: [String: Int]] = [:]
                for (index, call) in calls.enumerated() {
                    if index >= 64, let (token, outcome) = try await group.next() {
                        outcomes[token, default: [:]][outcome, default: 0] += 1
                    }
                    group.addTask { (call.token, try await call.edge.post(verb, call.token).outcome) }
                }
                for try await (token, outcome) in group { outcomes[token, default: [:]][outcome, default: 0] += 1 }
                return outcomes
            }
        }
    }
#endif
