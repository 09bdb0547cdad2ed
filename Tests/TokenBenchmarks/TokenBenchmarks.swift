import Cryptography
import Dispatch
import Foundation
import LinkToken

/// Signing and verifying whole tokens, each held against `openssl speed` run right before it.
///
///     swift run -c release TokenBenchmarks [SECONDS] [ROUNDS]
///
/// Ratios are of the same run; the rates alone say more of the machine than of the program.
@main
struct TokenBenchmarks {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let seconds = arguments.first ?? 2
        let rounds = arguments.dropFirst().first ?? 3
        let cores = ProcessInfo.processInfo.activeProcessorCount
        print("\(cores) cores, \(rounds) rounds of \(seconds) s; medians")
        print("what                  cores   openssl/s  linkseal/s   ratio   to openssl on one core")

        for (algorithm, isPrepared) in [(SignatureAlgorithm.ed25519, false), (.p256, false), (.p256, true)] {
            let subject = try Subject(algorithm, isPrepared: isPrepared)
            let name = algorithm.rawValue + (isPrepared ? ", table" : "")
            var onOneCore: Rates?
            for workers in [1, cores] {
                var peers: [Rates] = []
                var ours: [Rates] = []
                for _ in 0..<rounds {
                    peers.append(try openSSLSpeed(algorithm, workers: workers, seconds: seconds))
                    ours.append(
                        Rates(
                            sign: rate(workers, seconds) { subject.mint($0) },
                            verify: rate(workers, seconds) { subject.verify($0) }))
                }
                let signing = Ratio(peers: peers.map(\.sign), ours: ours.map(\.sign))
                let verifying = Ratio(peers: peers.map(\.verify), ours: ours.map(\.verify))
                let base = onOneCore ?? Rates(sign: signing.peer, verify: verifying.peer)
                onOneCore = base
                signing.printRow("\(name) mint", workers, base: base.sign)
                verifying.printRow("\(name) verify", workers, base: base.verify)
            }
            print("")
        }
        try printSizes()
    }

    private static func printSizes() throws {
        let key = try PrivateKey.generate(.ed25519)
        print("characters of a token for a contact ID of 12 bytes:")
        for (name, fields) in [("without embedded data", 0), ("with embedded data", 3)] {
            let claims = try sampleClaims(contact: "contact-0042", serial: 7, fields: fields)
            print("  \(name): \(try Token(minting: claims, with: key).text.utf8.count)")
        }
    }

    /// Operations a second of that many threads together.
    private static func rate(_ workers: Int, _ seconds: Int, _ operation: @Sendable (Int) -> Void) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: .seconds(seconds))
        let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: workers)
        defer { counts.deallocate() }
        nonisolated(unsafe) let slots = counts
        DispatchQueue.concurrentPerform(iterations: workers) { (worker) in
            var count = 0
            while clock.now < end {
                for _ in 0..<64 {
                    operation(count)
                    count += 1
                }
            }
            slots[worker] = count
        }
        return Double(counts.reduce(0, +)) / (clock.now - start).seconds
    }
}

/// The keys and tokens that are minted and verified.
struct Subject: Sendable {
    let key: PrivateKey
    let trust: OneKey
    let claims: [Claims]
    let texts: [[UInt8]]

    init(_ algorithm: SignatureAlgorithm, isPrepared: Bool) throws {
        key = try PrivateKey.generate(algorithm)
        if isPrepared { key.publicKey.prepare() }
        trust = OneKey(publicKey: key.publicKey)
        claims = try (0..<1024).map { try sampleClaims(contact: "contact-0042", serial: UInt32($0), fields: 3) }
        texts = try claims.map { [key] in Array(try Token(minting: $0, with: key).text.utf8) }
    }

    func mint(_ index: Int) {
        guard let token = try? Token(minting: claims[index & 1023], with: key), token.text.utf8.count > 100 else {
            fatalError("a token could not be minted")
        }
    }

    func verify(_ index: Int) {
        let text = texts[index & 1023]
        guard let token = try? Token(parsing: text.span),
            let link = try? token.verify(against: trust, at: UnixTime(rawValue: 1_700_000_000)),
            link.nonce.serial.rawValue == UInt32(index & 1023)
        else { fatalError("a token did not verify") }
    }
}

struct OneKey: LinkTrust {
    let publicKey: PublicKey
    func key(_ id: KeyID) -> KeyTrust { id == publicKey.id ? .verifying(publicKey) : .unknown }
    func changes(of distribution: DistributionID) -> DistributionChanges { .none }
}

func sampleClaims(contact: String, serial: UInt32, fields: Int) throws -> Claims {
    let nonce = Nonce(distribution: DistributionID(rawValue: 0x1122_3344_5566_7788)!, serial: Serial(rawValue: serial))
    let data = try EmbeddedData((0..<fields).map { (name: "field\($0)", value: "value") })
    return Claims(
        nonce: nonce, epoch: .initial, expiry: UnixTime(rawValue: 1_800_000_000),
        embeddedDataHash: data.hash(for: nonce, salt: .inLink), contactID: try ContactID(contact))
}
