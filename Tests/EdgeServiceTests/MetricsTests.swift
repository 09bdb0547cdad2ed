import Consumption
import Foundation
import LinkToken
import TestSupport
import Testing

@testable import EdgeService

@Suite("Metrics")
struct MetricsTests {
    /// What `/metrics` says after requests of every kind.
    static func report(of edge: EdgeHarness) async throws -> String {
        for serial in UInt32(0)..<3 {
            let token = try edge.token(serial)
            _ = try await edge.request("POST", "/l/\(token)", headers: [("User-Agent", "curl/8")])
            let session = try await edge.session(starting: token)
            _ = try await edge.get("/l/\(token)")
            _ = try await edge.get("/auth", headers: [("Authorization", "Bearer \(session)")])
            _ = try await edge.get("/done?session=\(session)")
        }
        for path in ["/l/nonsense", "/nowhere", "/healthz", "/readyz", "/openapi.json", "/metrics", "/done"] {
            _ = try await edge.get(path)
        }
        return try await edge.get("/metrics").body
    }

    @Test("promtool finds no fault in what /metrics says")
    func promtool() async throws {
        try await EdgeHarness.serving { (edge) in
            let report = try await Self.report(of: edge)
            let check = try await ChildProcess.run("promtool", ["check", "metrics"], input: Array(report.utf8))
            #expect(check.status == 0, "\(check.output)\(check.errors)")
            #expect(check.errors == "")
        }
    }

    @Test("/metrics says which linkseal it is")
    func build() async throws {
        try await EdgeHarness.serving { (edge) in
            let report = try await edge.get("/metrics").body
            let line = /linkseal_build_info\{version="[0-9.]+(-dev)?",commit="\w+",postgresql="(true|false)"\} 1/
            #expect(report.split(separator: "\n").count { $0.wholeMatch(of: line) != nil } == 1)
        }
    }

    @Test("every histogram's buckets rise to its count")
    func histograms() async throws {
        try await EdgeHarness.serving { (edge) in
            var last: [String: Int] = [:]
            var histograms = 0
            for line in try await Self.report(of: edge).split(separator: "\n") {
                if let bucket = line.wholeMatch(of: /(\w+)_bucket\{(.*?,?)le="([^"]+)"\} (\d+)/) {
                    let name = String(bucket.1 + bucket.2)
                    let count = try #require(Int(bucket.4))
                    #expect(count >= last[name] ?? 0)
                    last[name] = count
                } else if let total = line.wholeMatch(of: /(\w+)_count(?:\{(.*)\})? (\d+)/) {
                    let labels = total.2.map { $0 + "," } ?? ""
                    #expect(last[String(total.1 + labels)] == Int(total.3))
                    histograms += 1
                }
            }
            // One for each route that was asked, the log's batches and its syncs.
            #expect(histograms == 11)
        }
    }

    @Test("what the process takes is reported under the usual names")
    func process() throws {
        let process = try #require(ProcessReport.now())
        #expect(process.residentBytes > 1 << 20)
        #expect(process.processorSeconds >= 0)
        #expect((3..<100_000).contains(process.openDescriptors))
        #expect(abs(process.startedAt - Date.now.timeIntervalSince1970) < 86400)
    }
}
