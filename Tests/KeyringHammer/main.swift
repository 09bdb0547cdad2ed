// Kills a process that rotates keys and publishes, at random moments, and checks that the keyring works afterwards.
//
//     KeyringHammer [ROUNDS] [SEED]
//
// Exit status: 0 every round left a keyring that opens, signs and publishes, 1 one did not; the seed is printed.

import Cryptography
import Foundation
import LinkToken
import TestSupport
import Trust

struct Damage: Error, CustomStringConvertible {
    let description: String
}

func now() -> UnixTime { UnixTime(rawValue: UInt32(Date().timeIntervalSince1970)) }

func distributions(_ count: UInt64) throws -> [PublishedDistribution] {
    try (1...count).map {
        PublishedDistribution(
            id: DistributionID(rawValue: $0)!, name: "Survey \($0)",
            surveyURL: try SurveyURLTemplate("https://survey.example/"), lastExpiry: UnixTime(rawValue: .max))
    }
}

/// Changes the keyring as fast as it can, until it is killed.
func work(in directory: String) throws -> Never {
    var keyring = try Keyring(opening: directory + "/keys")
    // Each worker begins elsewhere, so that every kind of change meets a kill.
    var count = UInt64.random(in: 1...64)
    // The kill is timed from here: starting a process takes longer than a round of work.
    FileHandle.standardOutput.write(Data([1]))
    while true {
        _ = try keyring.rotate(settling: 0, at: now())
        let root = try keyring.rootPrivateKey()
        _ = try keyring.publish(distributions(count), to: directory + "/bundle", signedBy: root, at: now())
        _ = try keyring.retireUnused(at: now()) { (_) throws(Never) in 0 }.get()
        if count % 7 == 0, let old = keyring.keys.last(where: { $0.state == .retired }) {
            _ = try keyring.revoke(old.id, at: now())
        }
        if count % 5 == 0 {
            _ = try keyring.makeNextRoot()
            _ = try keyring.promoteNextRoot(force: true, at: now())
        }
        count = count % 64 + 1
    }
}

/// What must be true after a kill. Gives the sequence and the number of keys.
func check(_ directory: String, atLeast sequence: UInt64) throws -> (sequence: UInt64, keys: Int) {
    var keyring = try Keyring(opening: directory + "/keys")
    guard keyring.sequence >= sequence else { throw Damage(description: "the sequence went back") }
    let key = try keyring.signingKey()
    let root = try keyring.rootPrivateKey()
    for record in keyring.keys { _ = try keyring.privateKey(record.id) }

    let publication = try keyring.publish(distributions(3), to: directory + "/bundle", signedBy: root, at: now())
    let bytes = Array(try Data(contentsOf: URL(filePath: directory + "/bundle")))
    let bundle = try VerifiedBundle(opening: bytes.span, root: keyring.rootKey())
    guard bundle.bundle.sequence == publication.bundle.bundle.sequence, bundle.bundle.sequence == keyring.sequence
    else {
        throw Damage(description: "the bundle is not what was published")
    }
    guard try PublicKey(contentsOf: directory + "/keys/root.pub.pem") == root.publicKey else {
        throw Damage(description: "root.pub.pem is another root key")
    }
    let claims = Claims(
        nonce: Nonce(distribution: DistributionID(rawValue: 1)!, serial: Serial(rawValue: 0)), epoch: .initial,
        expiry: UnixTime(rawValue: .max), embeddedDataHash: nil, contactID: try ContactID("c1"))
    _ = try Token(minting: claims, with: key).verify(against: bundle, at: now())

    let left =
        try FileManager.default.contentsOfDirectory(atPath: directory + "/keys")
        + FileManager.default.contentsOfDirectory(atPath: directory)
    if let temporary = left.first(where: { $0.contains(".tmp-") }) {
        throw Damage(description: "\(temporary) was left behind")
    }
    return (keyring.sequence, keyring.keys.count)
}

func hammer(rounds: Int, seed: UInt64) throws {
    let directory = FileManager.default.temporaryDirectory.path + "/keyring-hammer-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try Keyring.create(in: directory + "/keys", algorithm: .ed25519, at: now())
    var generator = SeededGenerator(seed: seed)
    var state: (sequence: UInt64, keys: Int) = (0, 1)
    for round in 1...rounds {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--work", directory]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        _ = try output.fileHandleForReading.read(upToCount: 1)
        usleep(UInt32.random(in: 0...120_000, using: &generator))
        kill(process.processIdentifier, SIGKILL)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL else {
            throw Damage(description: "round \(round): the worker ended by itself: \(said)")
        }
        do {
            state = try check(directory, atLeast: state.sequence)
        } catch {
            throw Damage(description: "round \(round): \(error)")
        }
    }
    guard state.keys > 2 else { throw Damage(description: "no rotation happened: the kills came too early") }
    print("\(rounds) kills, sequence \(state.sequence), \(state.keys) keys: the keyring works")
}

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "--work" { try work(in: arguments[2]) }
let seed = arguments.count > 2 ? UInt64(arguments[2])! : UInt64.random(in: 0...UInt64.max)
do {
    try hammer(rounds: arguments.count > 1 ? Int(arguments[1])! : 50, seed: seed)
} catch {
    print("seed \(seed): \(error)")
    exit(1)
}
