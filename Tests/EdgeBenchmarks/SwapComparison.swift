/// What a new trust bundle of 100,000 distributions costs the slowest request: rounds with a swap and without one in turn,
/// in one run.
///
/// One connection sends one request after the other, so that the edge is busy and a core is left: what is measured is the
/// swap, not the queue for a processor.
enum SwapComparison {
    static let distributions = 100_000

    static func run(rounds: Int) async throws {
        try await BenchmarkEdge.serving(.ed25519, others: distributions - 1) { (edge, publish) in
            let path = edge.directory + "/known.txt"
            try (0..<1000).map { try edge.token($0) }.joined(separator: "\n").write(
                toFile: path, atomically: true, encoding: .utf8)
            func slowest(swapping: Bool) async throws -> Double {
                async let load = LoadRun.measure(
                    .post(path: "/v1/verify", tokens: path), port: edge.port, seconds: 3, connections: 1)
                if swapping { try await publish() }
                let run = try await load
                guard run.errors == 0 else { throw Failed(errors: run.errors) }
                return run.slowest
            }
            _ = try await slowest(swapping: true)
            var (with, without): ([Double], [Double]) = ([], [])
            for _ in 0..<rounds {
                without.append(try await slowest(swapping: false))
                with.append(try await slowest(swapping: true))
            }
            let (swap, plain) = (with.sorted(), without.sorted())
            print("slowest request of 3 s, \(rounds) rounds of each kind, ms      median    worst")
            print(
                row("without a swap", plain), row("with a swap of \(distributions) distributions", swap),
                separator: "\n")
            Report.ratio("added by a swap, medians, ms", [swap[rounds / 2] - plain[rounds / 2]], target: "at most 5")
        }
    }

    private static func row(_ name: String, _ sorted: [Double]) -> String {
        Report.line(name, [sorted[sorted.count / 2], sorted[sorted.count - 1]])
    }

    struct Failed: Error { let errors: Int }
}
