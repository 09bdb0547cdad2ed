import Foundation
import TestSupport
import Testing

@testable import EdgeService

@Suite("Dashboard and alerts")
struct MonitoringTests {
    private static let catalog = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/EdgeService/EdgeService.docc")

    /// The expressions of a dashboard, of its panels and its variables.
    private static func expressions(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]:
            object.flatMap { (key, value) in
                if key == "expr" || key == "definition", let text = value as? String { return [text] }
                return expressions(in: value)
            }
        case let array as [Any]: array.flatMap(expressions)
        default: []
        }
    }

    /// Every name in the expressions that is one of a metric of linkseal or of a process.
    private static func metrics(in expressions: [String]) -> Set<String> {
        Set(expressions.flatMap { $0.matches(of: /\b(?:linkseal|process)_[a-z_]+/).map { String($0.output) } })
    }

    /// Whether every name is in `/metrics`, also of those that have no value yet or that only TLS and the PROXY protocol have.
    /// Those of PostgreSQL are asked for where there is one, in the store's tests.
    private static func expectReported(_ names: Set<String>) async throws {
        let names = names.filter { !$0.hasPrefix("linkseal_postgres_") }
        try await EdgeHarness.serving { (plain) in
            try await TLSTests.serving(readsProxyProtocol: true) { (proxied, files) in
                let secure = try await CurlAnswer.get(
                    proxied.port, "/metrics", ["--haproxy-protocol"], trusting: files)
                let lines = try await MetricsTests.report(of: plain).split(separator: "\n")
                let reported = (lines + secure.body.split(separator: "\n")).map { (line) in
                    String(line.trimmingPrefix("# TYPE ").prefix { $0 != "{" && $0 != " " })
                }
                #expect(names.subtracting(reported) == [])
            }
        }
    }

    @Test("every metric that the dashboard asks for is in /metrics, and its panels stand apart")
    func dashboard() async throws {
        let data = try Data(contentsOf: Self.catalog.appending(path: "linkseal-dashboard.json"))
        let dashboard = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let names = Self.metrics(in: Self.expressions(in: dashboard))
        #expect(names.count > 15)
        try await Self.expectReported(names)
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        let places = try panels.map { (panel) in
            let place = try #require(panel["gridPos"] as? [String: Int])
            return (x: place["x"]!, y: place["y"]!, w: place["w"]!, h: place["h"]!)
        }
        for (index, one) in places.enumerated() {
            #expect(one.x + one.w <= 24)
            for other in places[..<index] {
                let apart = one.x >= other.x + other.w || other.x >= one.x + one.w || one.y >= other.y + other.h
                #expect(apart || other.y >= one.y + one.h)
            }
        }
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }

    @Test("promtool takes the alert rules, and every metric in them is in /metrics")
    func alerts() async throws {
        let path = Self.catalog.appending(path: "linkseal-alerts.yml").path
        let check = try await ChildProcess.run("promtool", ["check", "rules", path])
        #expect(check.status == 0, "\(check.output)\(check.errors)")
        let names = Self.metrics(in: [try String(contentsOfFile: path, encoding: .utf8)])
        #expect(names.count > 8)
        try await Self.expectReported(names)
    }

    @Test("promtool takes every expression of the dashboard")
    func expressions() async throws {
        let data = try Data(contentsOf: Self.catalog.appending(path: "linkseal-dashboard.json"))
        let all = Self.expressions(in: try JSONSerialization.jsonObject(with: data)).filter {
            !$0.hasPrefix("label_values")
        }
        // Grafana puts intervals in place of its variables.
        let rules = all.enumerated().map { (index, text) in
            let expression = text.replacing(/\$__(rate_)?interval/, with: "5m")
            return "  - record: \"panel:\(index)\"\n    expr: '\(expression.replacing("'", with: "''"))'\n"
        }
        let directory = TemporaryDirectory()
        let file = "groups:\n- name: dashboard\n  rules:\n" + rules.joined()
        try directory.write(Array(file.utf8), to: "rules.yml")
        let check = try await ChildProcess.run("promtool", ["check", "rules", directory.path("rules.yml")])
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }
}
