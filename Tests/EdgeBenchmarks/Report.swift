import Foundation

/// The table that the benchmarks print.
struct Report {
    private var rows: [(name: String, run: LoadRun)] = []

    mutating func add(_ name: String, _ run: LoadRun) {
        rows.append((name, run))
        print(
            pad(name, 34), right(run.requestsPerSecond, 10, 0), right(run.p50, 9, 2), right(run.p99, 9, 2),
            right(run.p999, 9, 2), right(run.processorTime, 8, 1),
            right(Double(run.errors), 7, 0))
        fflush(nil)
    }

    func run(_ name: String) -> LoadRun? { rows.first { $0.name == name }?.run }

    static func printHeader() {
        print(
            pad("request", 34), left("per second", 10), left("p50 ms", 9), left("p99 ms", 9), left("p99.9 ms", 9),
            left("CPU µs", 8), left("errors", 7))
    }

    static func line(_ name: String, _ values: [Double]) -> String {
        pad(name, 52) + values.map { right($0, 9, 2) }.joined()
    }

    static func ratio(_ name: String, _ value: Double, target: String) {
        print(pad(name, 62), right(value, 6, 2), " ", target)
    }
}

private func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }

private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

private func right(_ value: Double, _ width: Int, _ digits: Int) -> String {
    left(String(format: "%.\(digits)f", value), width)
}
