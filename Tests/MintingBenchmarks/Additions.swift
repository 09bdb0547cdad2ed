import Distributions
import Foundation

/// Adds contacts to a large distribution, and prints what that takes and writes for each of them.
struct Additions {
    let size: Int
    let isP256: Bool

    func run() throws {
        let workspace = try makeWorkspace(isP256: isP256)
        defer { try? FileManager.default.removeItem(atPath: workspace.root) }
        var next = 0
        func measure(_ step: String, _ count: Int, times: Int = 1) throws {
            try writePeople(next..<next + count, to: workspace.root + "/people.csv")
            next += count
            let fields = try output(
                CommandLine.arguments[0],
                ["--step", step, workspace.root, isP256 ? "p256" : "ed25519", String(times)]
            ).split(separator: " ").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            let (rows, bytes) = (Double(fields[0])!, Double(fields[4])!)
            let (wall, processor) = (Double(fields[1])! * 1000, Double(fields[2])! * 1000)
            var line = column("\(step) \(count)" + (times > 1 ? ", \(times) times" : ""), 30)
            line += column(String(format: "%.1f ms", wall), 14)
            line += column(String(format: "%.3f ms each", wall / rows), 16)
            line += column(String(format: "%.1f ms of one core", processor), 24)
            line += column("\(Int(bytes)) bytes written", 26) + column("\(Int(bytes / rows)) each", 14)
            print(line + "\(Int(fields[3])! / 1024) MiB")
            fflush(nil)
        }
        try measure("generate from file", size)
        for count in [1, 1, 1, 1000, 1000, 100_000, 1, 1, 1] {
            try measure("add", count)
        }
        try measure("add", 1, times: 1000)
        let distribution = try workspace.distributions.all()[0]
        let directory = workspace.root + "/linkseal-data/distributions/\(distribution.id)"
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        print("\(distribution.contacts) contacts are in \(files.count { $0.hasSuffix(".csv") }) files")
    }
}
