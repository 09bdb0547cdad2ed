import Cryptography
import EdgeService
import Foundation
import LinkToken
import NIOCore
import NIOPosix

// `EdgeBenchmarks --serve PORT` serves three links to look at; `--swap ROUNDS` measures what a new trust bundle adds to
// the slowest request; otherwise the benchmarks run, each for `--seconds N`.

func option(_ name: String) -> Int? {
    CommandLine.arguments.firstIndex(of: name).flatMap { Int(CommandLine.arguments[$0 + 1]) }
}

/// Verifications per second on both cores, by the `openssl` command.
func opensslVerifications(_ algorithm: SignatureAlgorithm, seconds: Int) async throws -> Double {
    let name = algorithm == .ed25519 ? "ed25519" : "ecdsap256"
    let output = try await Command.output(
        of: "openssl", ["speed", "-multi", "2", "-seconds", "\(seconds)", name])
    return Double(output.split(separator: "\n").last?.split(separator: " ").last ?? "") ?? .nan
}

func writeTokens(_ edge: BenchmarkEdge, _ name: String, _ serials: Range<UInt32>) throws -> String {
    let path = edge.directory + "/\(name).txt"
    try serials.map { try edge.token($0) }.joined(separator: "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    return path
}

// Measured beside the default: handlers on the event loops' own threads, without a change of thread per request.
if CommandLine.arguments.contains("--on-event-loops") {
    print("on event loops:", NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor())
}

if let port = option("--serve") {
    try await BenchmarkEdge.serving(.ed25519, port: port) { (edge, _) in
        for serial in UInt32(0)..<3 { print("http://127.0.0.1:\(edge.port)/l/\(try edge.token(serial))") }
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }
} else if let rounds = option("--swap") {
    try await SwapComparison.run(rounds: rounds)
} else {
    let seconds = option("--seconds") ?? 5
    for algorithm in [SignatureAlgorithm.ed25519, .p256] {
        let openssl = try await opensslVerifications(algorithm, seconds: 2)
        print("\n\(algorithm.rawValue): openssl speed -multi 2 verifies \(Int(openssl)) per second")
        Report.printHeader()
        try await BenchmarkEdge.serving(algorithm) { (edge, _) in
            var report = Report()
            // More than a run can use up, so that every token is new.
            let count = UInt32(openssl * Double(seconds) * 1.2)
            let fresh = try writeTokens(edge, "fresh", 1_000_000..<1_000_000 + count)
            let unseen = try writeTokens(edge, "unseen", 2_000_000..<2_000_000 + count)
            let known = try writeTokens(edge, "known", 0..<1000)
            _ = try await LoadRun.measure(.get(path: "/healthz"), port: edge.port, seconds: 1)
            func measure(_ name: String, _ request: LoadRun.Request) async throws {
                report.add(name, try await LoadRun.measure(request, port: edge.port, seconds: seconds))
            }
            try await measure("GET /healthz", .get(path: "/healthz"))
            try await measure("GET /l/{token}, one link", .get(path: "/l/\(try edge.token(0))"))
            try await measure("POST /v1/verify, known tokens", .post(path: "/v1/verify", tokens: known))
            try await measure("POST /v1/verify, new tokens", .post(path: "/v1/verify", tokens: unseen))
            try await measure("POST /v1/start, new tokens, durable", .post(path: "/v1/start", tokens: fresh))
            let health = report.run("GET /healthz")!
            let knownRun = report.run("POST /v1/verify, known tokens")!
            let start = report.run("POST /v1/start, new tokens, durable")!
            print("")
            Report.ratio(
                "durable starts of new tokens / openssl's verifications", start.requestsPerSecond / openssl,
                target: algorithm == .ed25519 ? "at least 0.65" : "at least 0.50")
            Report.ratio(
                "verifying known tokens / healthz", knownRun.requestsPerSecond / health.requestsPerSecond,
                target: "at least 0.80")
            Report.ratio("p99 / p50 of verifying known tokens", knownRun.p99 / knownRun.p50, target: "at most 3")
        }
    }
}
