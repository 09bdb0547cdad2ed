import Cryptography
import LinkToken

/// The processor time of a durable start, next to that of one verification by `openssl speed` in the same run.
///
/// The more connections, the more starts share the costs of a wake-up and of a sync.
enum StartCost {
    private struct Variant {
        let name: String
        let algorithm: SignatureAlgorithm
        let preparesKeys: Bool
    }

    private static let variants = [
        Variant(name: "P-256", algorithm: .p256, preparesKeys: true),
        Variant(name: "P-256, --verify-with evp", algorithm: .p256, preparesKeys: false),
        Variant(name: "Ed25519", algorithm: .ed25519, preparesKeys: true),
    ]

    private struct Sample {
        let start, verification: Double
    }

    /// - Parameter seconds: how long each load lasts, of which there are nine in a round.
    static func run(rounds: Int, seconds: Int) async throws {
        print("Microseconds of processor time for a durable start and for a verification of openssl speed; medians")
        print("key                         connections    start  openssl   ratio   between")
        for variant in variants {
            try await BenchmarkEdge.serving(variant.algorithm, preparesKeys: variant.preparesKeys) { (edge, _) in
                func verification() async throws -> Double {
                    1e6 / (try await opensslVerifications(variant.algorithm, processes: 1, seconds: 1))
                }
                _ = try await LoadRun.measure(.get(path: "/healthz"), port: edge.port, seconds: 1)
                var samples: [Int: [Sample]] = [:]
                var serial: UInt32 = 0
                for _ in 0..<rounds {
                    for connections in [1, 16, 64] {
                        // More than a run can use up, so that every token is new.
                        let count = UInt32(seconds * (connections == 1 ? 8_000 : 30_000))
                        let tokens = try writeTokens(edge, "fresh", serial..<serial + count)
                        serial += count
                        let (run, openssl) = try await between(verification) {
                            try await LoadRun.measure(
                                .post(path: "/v1/start", tokens: tokens), port: edge.port, seconds: seconds,
                                connections: connections)
                        }
                        guard run.errors == 0, run.requests < count else { throw Failed(errors: run.errors) }
                        samples[connections, default: []].append(
                            Sample(start: run.processorTime, verification: openssl))
                    }
                }
                for (connections, samples) in samples.sorted(by: { $0.key < $1.key }) {
                    let ratios = samples.map { $0.start / $0.verification }.sorted()
                    Report.addCost(
                        variant.name, connections, median(samples.map(\.start)), median(samples.map(\.verification)),
                        ratios)
                }
            }
        }
    }

    struct Failed: Error { let errors: Int }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
