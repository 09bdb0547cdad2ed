import Foundation

/// The table that the benchmarks print.
enum Report {
    static func add(_ name: String, _ run: LoadRun) {
        print(
            pad(name, 34), right(run.requestsPerSecond, 10, 0), right(run.p50, 9, 2), right(run.p99, 9, 2),
            right(run.p999, 9, 2), right(run.processorTime, 8, 1),
            right(run.loadTime, 8, 1), right(run.unused * 100, 8, 0), right(Double(run.errors), 7, 0))
        fflush(nil)
    }

    static func add(_ name: String, perSecond: Double) {
        print(pad(name, 34), right(perSecond, 10, 0))
        fflush(nil)
    }

    static func printHeader() {
        print(
            pad("request", 34), left("per second", 10), left("p50 ms", 9), left("p99 ms", 9), left("p99.9 ms", 9),
            left("CPU µs", 8), left("load µs", 8), left("unused %", 8), left("errors", 7))
    }

    static func addCost(_ name: String, _ connections: Int, _ start: Double, _ verification: Double, _ ratios: [Double])
    {
        print(
            pad(name, 27), right(Double(connections), 11, 0), right(start, 8, 1), right(verification, 8, 1),
            right(median(ratios), 7, 2), right(ratios[0], 7, 2), "to", right(ratios[ratios.count - 1], 4, 2))
        fflush(nil)
    }

    static func line(_ name: String, _ values: [Double]) -> String {
        pad(name, 52) + values.map { right($0, 9, 2) }.joined()
    }

    /// The median of the rounds, and between which values it lies.
    static func ratio(_ name: String, _ rounds: [Double], target: String) {
        let sorted = rounds.sorted()
        print(
            pad(name, 55), right(sorted[sorted.count / 2], 6, 2), pad(" \(target),", 16), right(sorted[0], 6, 2), "to",
            right(sorted[sorted.count - 1], 6, 2))
    }
}

private func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }

private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

private func right(_ value: Double, _ width: Int, _ digits: Int) -> String {
    left(String(format: "%.\(digits)f", value), width)
}
