import Foundation

/// One run of wrk, and what it measured.
struct LoadRun {
    let requestsPerSecond: Double
    /// Milliseconds.
    let p50: Double
    let p99: Double
    let p999: Double
    let slowest: Double
    let errors: Int
    let requests: Int
    /// Microseconds of processor time that the edge took for a request, which other programs on the machine change little.
    let processorTime: Double
    /// Microseconds of processor time that the load took for a request.
    let loadTime: Double
    /// The share of the processors' time that neither the edge nor the load had: nothing was to do, or others had it.
    let unused: Double

    static let connections = 64

    enum Request {
        case get(path: String)
        /// Each line of the file is a token that is sent once, or once per round when they run out.
        case post(path: String, tokens: String)
    }

    static func measure(
        _ request: Request, port: Int, seconds: Int, connections: Int = LoadRun.connections
    ) async throws -> LoadRun {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/load.lua"
        let environment: [String: String] =
            switch request {
            case .get(let path): ["LOAD_KIND": "get", "LOAD_PATH": path]
            case .post(let path, let tokens): ["LOAD_KIND": "post", "LOAD_PATH": path, "LOAD_TOKENS": tokens]
            }
        let (edgeBefore, loadBefore) = (processorSeconds(RUSAGE_SELF), processorSeconds(RUSAGE_CHILDREN))
        let output = try await Command.output(
            of: "wrk",
            [
                "-t", "\(min(2, connections))", "-c", "\(connections)", "-d", "\(seconds)s", "-s", script,
                "http://127.0.0.1:\(port)/",
            ],
            environment: environment)
        let line = output.split(separator: "\n").first { $0.hasPrefix("RESULT ") }
        let numbers = line?.split(separator: " ").dropFirst().compactMap { Double($0) } ?? []
        guard numbers.count == 7 else { throw MissingResult(output: output) }
        let (requests, duration) = (numbers[0], numbers[1] / 1e6)
        let edge = processorSeconds(RUSAGE_SELF) - edgeBefore
        let load = processorSeconds(RUSAGE_CHILDREN) - loadBefore
        let processors = Double(ProcessInfo.processInfo.activeProcessorCount)
        return LoadRun(
            requestsPerSecond: requests / duration, p50: numbers[2] / 1000, p99: numbers[3] / 1000,
            p999: numbers[4] / 1000, slowest: numbers[5] / 1000, errors: Int(numbers[6]), requests: Int(requests),
            processorTime: edge / requests * 1e6, loadTime: load / requests * 1e6,
            unused: 1 - (edge + load) / (duration * processors))
    }

    private static func processorSeconds(_ who: __rusage_who) -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(who.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    struct MissingResult: Error, CustomStringConvertible {
        let output: String
        var description: String { "wrk gave no result; install it with `apt-get install wrk`. It said: \(output)" }
    }
}
