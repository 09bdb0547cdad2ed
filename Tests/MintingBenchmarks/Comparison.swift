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
            let directory = FileManager.default.temporaryDirectory.path + "/linkseal-minting-\(getpid())"
            let workspace = try Workspace.create(in: directory)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let key = try PrivateKey.generate(isP256 ? .p256 : .ed25519)
            try key.withPEM { (pem) throws(CryptographyError) in
                try SecretFile.create(directory + "/key.pem", pem)
            }
            try SecretBytes(randomCount: SessionKeyring.keyByteCount).withSpan { (key) throws(CryptographyError) in
                try SecretFile.create(directory + "/session.key", key)
            }
            try writePeople(size, to: directory + "/people.csv")

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

    private func column(_ text: String, _ width: Int) -> String {
        text.padding(toLength: width, withPad: " ", startingAt: 0)
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

    private func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { fatalError("\(program) \(arguments) failed") }
        return String(decoding: data, as: UTF8.self)
    }

    private func writePeople(_ count: Int, to path: String) throws {
        try Data().write(to: URL(filePath: path))
        let file = FileHandle(forWritingAtPath: path)!
        var text = "Contact ID,First Name,Last Name,Email,External Data Reference,Language,Plan,Churn Risk,City\n"
        for index in 0..<count {
            let id = 100_000_000_000 + index
            text += "\(id),Zoë\(index % 100),Müller,person\(index)@mail\(index % 50).example,"
            text += "CRM-\(index),EN,\(index % 3 == 0 ? "gold" : "silver"),\(index % 5 == 0 ? "high" : "low"),"
            text += "\"Springfield, IL\"\n"
            if text.utf8.count > 1 << 20 || index == count - 1 {
                file.write(Data(text.utf8))
                text = ""
            }
        }
        try file.close()
    }
}
