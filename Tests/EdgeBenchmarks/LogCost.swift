import EdgeService
import Glibc
import Logging

/// What the log entry of a start adds to its processor time: edges that log it and one that does not, in turn.
enum LogCost {
    private static func logger(_ level: Logger.Level, _ format: LineLogHandler.Format) -> Logger {
        var logger = Logger(label: "linkseal") { LineLogHandler.standardError(label: $0, format: format) }
        logger.logLevel = level
        return logger
    }

    static func run(rounds: Int, seconds: Int) async throws {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        dup2(null, STDERR_FILENO)
        try await BenchmarkEdge.serving(.p256, logger: logger(.notice, .text)) { (notice, _) in
            try await BenchmarkEdge.serving(.p256, logger: logger(.info, .text)) { (text, _) in
                try await BenchmarkEdge.serving(.p256, logger: logger(.info, .json)) { (json, _) in
                    try await compare(notice, [("text", text), ("json", json)], rounds, seconds)
                }
            }
        }
    }

    private static func compare(
        _ notice: BenchmarkEdge, _ others: [(String, BenchmarkEdge)], _ rounds: Int, _ seconds: Int
    ) async throws {
        var serial: UInt32 = 0
        func start(_ edge: BenchmarkEdge) async throws -> Double {
            let count = UInt32(seconds * 30_000)
            let tokens = try writeTokens(edge, "fresh", serial..<serial + count)
            serial += count
            return try await LoadRun.measure(
                .post(path: "/v1/start", tokens: tokens), port: edge.port, seconds: seconds
            ).processorTime
        }
        var ratios: [String: [Double]] = [:]
        _ = try await start(notice)
        for _ in 0..<rounds {
            for (name, edge) in others {
                let before = try await start(notice)
                let logging = try await start(edge)
                ratios[name, default: []].append(logging * 2 / (before + (try await start(notice))))
            }
        }
        for (name, _) in others {
            Report.ratio("a start logged at info, \(name), to one not logged", ratios[name]!, target: "at most 1.04")
        }
    }
}
