import Cryptography
import EdgeService
import Foundation
import LinkToken

// `EdgeBenchmarks --serve PORT` serves three links to look at; `--serve-operations` has a listener for operations, and prints
// where it is and the key of its log; `--swap ROUNDS` measures what a new trust bundle adds to
// the slowest request; `--starts ROUNDS` what a start costs, and `--logging ROUNDS` what its log entry does; otherwise the
// benchmarks of requests run, each for `--seconds N`, in `--rounds N`.

func option(_ name: String) -> Int? {
    CommandLine.arguments.firstIndex(of: name).flatMap { Int(CommandLine.arguments[$0 + 1]) }
}

/// Verifications per second, by the `openssl` command. Of one process it is a second of processor time.
func opensslVerifications(_ algorithm: SignatureAlgorithm, processes: Int, seconds: Int) async throws -> Double {
    let name = algorithm == .ed25519 ? "ed25519" : "ecdsap256"
    let output = try await Command.output(
        of: "openssl",
        ["speed", "-seconds", "\(seconds)"] + (processes > 1 ? ["-multi", "\(processes)"] : []) + [name])
    return Double(output.split(separator: "\n").last?.split(separator: " ").last ?? "") ?? .nan
}

func writeTokens(_ edge: BenchmarkEdge, _ name: String, _ serials: Range<UInt32>) throws -> String {
    let path = edge.directory + "/\(name).txt"
    try serials.map { try edge.token($0) }.joined(separator: "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    return path
}

if let port = option("--serve") {
    try await BenchmarkEdge.serving(.ed25519, port: port) { (edge, _) in
        for serial in UInt32(0)..<3 { print("http://127.0.0.1:\(edge.port)/l/\(try edge.token(serial))") }
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }
} else if CommandLine.arguments.contains("--serve-operations") {
    let key = try BearerKey()
    try await BenchmarkEdge.serving(.ed25519, consumptionKey: key) { (edge, _) in
        print("http://127.0.0.1:\(edge.operationsPort ?? 0) \(key.authorization.dropFirst("Bearer ".count))")
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }
} else if let rounds = option("--swap") {
    try await SwapComparison.run(rounds: rounds)
} else if let rounds = option("--starts") {
    try await StartCost.run(rounds: rounds, seconds: option("--seconds") ?? 3)
} else if let rounds = option("--logging") {
    try await LogCost.run(rounds: rounds, seconds: option("--seconds") ?? 3)
} else {
    let (seconds, rounds) = (option("--seconds") ?? 5, option("--rounds") ?? 3)
    print("The edge logs no requests, as with --log-level notice.")
    for algorithm in [SignatureAlgorithm.ed25519, .p256] {
        try await BenchmarkEdge.serving(algorithm) { (edge, _) in
            let known = try writeTokens(edge, "known", 0..<1000)
            _ = try await LoadRun.measure(.get(path: "/healthz"), port: edge.port, seconds: 1)
            var ratios: [Ratios] = []
            for round in 1...UInt32(rounds) {
                print("\n\(algorithm.rawValue), round \(round)")
                Report.printHeader()
                func measure(_ name: String, _ request: LoadRun.Request) async throws -> LoadRun {
                    let run = try await LoadRun.measure(request, port: edge.port, seconds: seconds)
                    Report.add(name, run)
                    return run
                }
                func health() async throws -> Double {
                    try await measure("GET /healthz", .get(path: "/healthz")).requestsPerSecond
                }
                func openssl() async throws -> Double {
                    let verifications = try await opensslVerifications(algorithm, processes: 2, seconds: 2)
                    Report.add("openssl speed -multi 2 verifies", perSecond: verifications)
                    return verifications
                }
                _ = try await measure("GET /l/{token}, one link", .get(path: "/l/\(try edge.token(0))"))
                let (verify, healths) = try await between(health) {
                    try await measure("POST /v1/verify, known tokens", .post(path: "/v1/verify", tokens: known))
                }
                // More than a run can use up, so that every token is new.
                let (first, count) = (round * 20_000_000, UInt32(healths * Double(seconds)))
                let fresh = try writeTokens(edge, "fresh", first..<first + count)
                let unseen = try writeTokens(edge, "unseen", first + count..<first + 2 * count)
                _ = try await measure("POST /v1/verify, new tokens", .post(path: "/v1/verify", tokens: unseen))
                let (start, verifications) = try await between(openssl) {
                    try await measure("POST /v1/start, new tokens, durable", .post(path: "/v1/start", tokens: fresh))
                }
                ratios.append(
                    Ratios(
                        start: start.requestsPerSecond / verifications, known: verify.requestsPerSecond / healths,
                        tail: verify.p99 / verify.p50))
            }
            print("")
            Report.ratio(
                "durable starts of new tokens / openssl's verifications", ratios.map(\.start),
                target: algorithm == .ed25519 ? "at least 0.65" : "at least 0.50")
            Report.ratio("verifying known tokens / healthz", ratios.map(\.known), target: "at least 0.80")
            Report.ratio("p99 / p50 of verifying known tokens", ratios.map(\.tail), target: "at most 3")
        }
    }
}

/// The body's run, and the mean of what it is compared with, measured before and after it, since the speed of a machine
/// that others share changes within seconds.
func between(
    _ yardstick: () async throws -> Double, _ body: () async throws -> LoadRun
) async throws -> (LoadRun, Double) {
    let before = try await yardstick()
    let run = try await body()
    return (run, (before + (try await yardstick())) / 2)
}

/// Of one round.
struct Ratios {
    let start: Double
    let known: Double
    let tail: Double
}
