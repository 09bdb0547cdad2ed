// Measures a large trust bundle: its size, and what signing, loading and asking it takes. Times are of the processor, so
// that others on the machine do not count.
//
//     swift run -c release BundleBenchmarks [DISTRIBUTIONS] [DELETED]
//
// Loading is compared within the run with Foundation's JSONDecoder over the same document, which does less: it checks
// no signature, no survey URL and no repeated member.

import Cryptography
import Foundation
import LinkToken
import Trust

if CommandLine.arguments.count > 2, CommandLine.arguments[1] == "--memory" {
    try printMemory(of: CommandLine.arguments[2])
    exit(0)
}
let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1])! : 100_000
let deleted = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2])! : 1000

func milliseconds(_ nanoseconds: Int) -> String { String(format: "%.1f ms", Double(nanoseconds) / 1e6) }

func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }

/// Nanoseconds that this thread computed for.
func processorTime(_ body: () throws -> Void) rethrows -> Int {
    func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
    let start = now()
    try body()
    return now() - start
}

/// The middle of five.
func median(_ body: () throws -> Void) rethrows -> Int {
    var times: [Int] = []
    for _ in 0..<5 { times.append(try processorTime(body)) }
    return times.sorted()[2]
}

/// A line of /proc/self/status, in bytes.
func status(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }!
    return Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])! * 1024
}

/// Loads a bundle in this process, which has done nothing else, and prints by how much it grew.
func printMemory(of path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: path + ".bundle")))
    let root = try PublicKey(contentsOf: path + ".pem")
    let before = try status("VmRSS")
    let bundle = try VerifiedBundle(opening: bytes.span, root: root)
    let (after, peak) = (try status("VmRSS"), try status("VmHWM"))
    print(
        "memory of the bundle:     \(megabytes(after - before)), at most \(megabytes(peak - before)) while it is loaded,"
            + " besides its \(megabytes(bytes.count)) of bytes")
    withExtendedLifetime(bundle) {}
}

/// What Foundation is given to do in comparison.
struct FoundationDocument: Decodable {
    struct Distribution: Decodable {
        var id, name, surveyURL: String
        var lastExpiry: UInt32
        var resumeSeconds: UInt32?
        var epoch: UInt16?
        var end: UInt32?
        var revokedSerials: [UInt32]?
        var inLinkFields: [String]?
    }
    var sequence: UInt64
    var distributions: [Distribution]
}

func made() throws -> (bytes: [UInt8], root: PublicKey, ids: [DistributionID]) {
    let root = try PrivateKey.generate(.ed25519)
    var distributions: [PublishedDistribution] = []
    for number in 0..<count {
        distributions.append(
            PublishedDistribution(
                id: try .random(), name: "Customer survey \(number), wave 3",
                surveyURL: try SurveyURLTemplate(
                    "https://survey.example/jfe/form/SV_\(number)?c={contact_id}&r={session}"),
                changes: DistributionChanges(epoch: Epoch(rawValue: number < deleted ? 1 : 0)),
                lastExpiry: UnixTime(rawValue: 1_900_000_000)))
    }
    let keys = try (0..<10).map {
        PublishedKey(key: try PrivateKey.generate(.ed25519).publicKey, state: $0 == 0 ? .signing : .verifying)
    }
    let bundle = TrustBundle(
        sequence: 1, issuedAt: UnixTime(rawValue: 1_800_000_000), nextUpdate: UnixTime(rawValue: 1_802_592_000),
        keys: keys, distributions: distributions)
    var bytes: [UInt8] = []
    print("compose and sign:         \(milliseconds(try median { bytes = try bundle.signed(by: root) }))")
    return (bytes, root.publicKey, distributions.map(\.id))
}

print("\(count) distributions, \(deleted) of them deleted, 10 keys")
let (bytes, root, ids) = try made()
print("size:                     \(megabytes(bytes.count)), \(bytes.count / max(count, 1)) bytes each")

let stem = FileManager.default.temporaryDirectory.path + "/bundle-benchmark-\(getpid())"
try Data(bytes).write(to: URL(filePath: stem + ".bundle"))
try root.write(to: stem + ".pem")
let child = try Process.run(
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), arguments: ["--memory", stem])
child.waitUntilExit()
for ending in [".bundle", ".pem"] { try FileManager.default.removeItem(atPath: stem + ending) }

let bundle = try VerifiedBundle(opening: bytes.span, root: root)
let load = try median { _ = try VerifiedBundle(opening: bytes.span, root: root) }
print("load:                     \(milliseconds(load))")

let message = Array("linkseal bundle v1\0".utf8) + bytes[(bytes.firstIndex(of: 0x0A)! + 1)...]
let key = try PrivateKey.generate(.ed25519)
let signature = try key.signature(for: message.span)
let check = try median { _ = try key.publicKey.isValidSignature(signature, for: message.span) }
print("  of it the signature:    \(milliseconds(check))")

var other: VerifiedBundle? = try VerifiedBundle(opening: bytes.span, root: root)
print("let go:                   \(milliseconds(processorTime { other = nil }))")

let document = Data(bytes[(bytes.firstIndex(of: 0x0A)! + 1)...])
let foundation = try median { _ = try JSONDecoder().decode(FoundationDocument.self, from: document) }
print(
    "Foundation's JSONDecoder: \(milliseconds(foundation)), \(String(format: "%.1f", Double(foundation) / Double(load))) times the load"
)

var found = 0
let lookups = 1_000_000
let asking = processorTime {
    for round in 0..<lookups where bundle.changes(of: ids[round % ids.count]).epoch > .initial { found += 1 }
}
print("changes of a link:        \(asking / lookups) ns")
precondition((found > 0) == (deleted > 0))
