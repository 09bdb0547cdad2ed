import Cryptography
import Foundation

struct Rates: Sendable {
    var sign: Double
    var verify: Double
}

/// What `openssl speed` says of the algorithm, with that many processes at once.
func openSSLSpeed(_ algorithm: SignatureAlgorithm, workers: Int, seconds: Int) throws -> Rates {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
        ["openssl", "speed", "-mr", "-seconds", "\(seconds)"] + (workers > 1 ? ["-multi", "\(workers)"] : [])
        + [algorithm == .ed25519 ? "ed25519" : "ecdsap256"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // The last line is of the form +F6:0:253:Ed25519:23195.0:8542.3, without the name for ECDSA.
    guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("+F") }),
        case let numbers = line.split(separator: ":").suffix(2).compactMap({ Double($0) }), numbers.count == 2
    else { throw CocoaError(.fileReadCorruptFile) }
    return Rates(sign: numbers[0], verify: numbers[1])
}

/// Medians of rounds that alternate between the peer and us, so that a machine that slows down slows both.
struct Ratio {
    let peer: Double
    let us: Double
    let ratio: Double

    init(peers: [Double], ours: [Double]) {
        peer = peers.median
        us = ours.median
        ratio = zip(ours, peers).map { $0 / $1 }.median
    }

    func printRow(_ name: String, _ workers: Int, base: Double) {
        let cells = [
            name.padding(toLength: 20, withPad: " ", startingAt: 0),
            String(format: "%6d", workers), String(format: "%11.0f", peer), String(format: "%11.0f", us),
            String(format: "%7.3f", ratio), String(format: "%10.2f", us / base),
        ]
        print(cells.joined(separator: " "))
    }
}

extension [Double] {
    var median: Double {
        let sorted = sorted()
        return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
