import Cryptography
import Distributions
import Foundation
import LinkToken

/// Runs the steps for each size and prints them beside OpenSSL's own rate.
struct Comparison {
    let sizes: [Int]
    let isP256: Bool

    func run() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        print("all cores: \(cores); algorithm: \(isP256 ? "ECDSA P-256" : "Ed25519")")
        for size in sizes {
            let workspace = try makeWorkspace(isP256: isP256)
            defer { try? FileManager.default.removeItem(atPath: workspace.root) }
            try writePeople(0..<size, to: workspace.root + "/people.csv")

            print("\n\(size) contacts")
            fflush(nil)
            for step in ["read", "import", "generate from file", "generate from list", "download", "join"] {
                let isMinting = step.hasPrefix("generate") || step == "download"
                let before = isMinting ? try signingRate(cores: cores) : 0
                let fields = try output(
                    CommandLine.arguments[0], ["--step", step, workspace.root, isP256 ? "p256" : "ed25519"]
                ).split(separator: " ")
                let after = isMinting ? try signingRate(cores: cores) : 0
                let rows = Double(fields[0])!
                let rate = rows / Double(fields[1])!
                var line = column(step, 20) + column("\(Int(rate)) rows/s", 16)
                line += column(String(format: "%.1f s", Double(fields[1])!), 9)
                line += column(String(format: "%.1f µs of one core", Double(fields[2])! / rows * 1e6), 23)
                line += column("\(Int(fields[3].dropLast())! / 1024) MiB", 10)
                if isMinting {
                    let signing = (before + after) / 2
                    line += String(
                        format: "%.3f of openssl speed -multi (%.0f/s before, %.0f/s after)", rate / signing, before,
                        after)
                }
                print(line)
                fflush(nil)
            }
        }
    }

    /// Signatures per second on all cores, by `openssl speed`.
    private func signingRate(cores: Int) throws -> Double {
        let name = isP256 ? "ecdsap256" : "ed25519"
        let report = try output(
            "/usr/bin/openssl", ["speed", "-seconds", "3", "-multi", "\(cores)", "-mr", name])
        // `+F4:number:bits:signatures/s:…` and `+F6:number:bits:name:signatures/s:…`, summed over the processes.
        guard let line = report.split(separator: "\n").last(where: { $0.hasPrefix(isP256 ? "+F4:" : "+F6:") }),
            let rate = Double(line.split(separator: ":")[isP256 ? 3 : 4])
        else { fatalError("openssl speed printed no signing rate:\n\(report)") }
        return rate
    }
}
