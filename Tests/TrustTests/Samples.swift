import Cryptography
import Foundation
import LinkToken
import Trust

let noon = UnixTime(rawValue: 1_800_000_000)
let day: UInt32 = 86400

func sampleDistribution(
    _ number: UInt64, epoch: UInt16 = 0, resume: ResumePolicy = .standard,
    lastExpiry: UnixTime = noon.adding(seconds: day)
) -> PublishedDistribution {
    PublishedDistribution(
        id: DistributionID(rawValue: number)!, name: "Survey \(number)",
        surveyURL: try! SurveyURLTemplate("https://survey.example/s?c={contact_id}&r={session}"),
        changes: DistributionChanges(epoch: Epoch(rawValue: epoch)), resume: resume, lastExpiry: lastExpiry)
}

func sampleBundle(
    sequence: UInt64 = 1, keys: [PublishedKey] = [], distributions: [PublishedDistribution] = [],
    nextRoot: PublicKey? = nil
) -> TrustBundle {
    TrustBundle(
        sequence: sequence, issuedAt: noon, nextUpdate: noon.adding(seconds: 30 * day), keys: keys,
        distributions: distributions, nextRoot: nextRoot)
}

func sampleClaims(_ distribution: UInt64 = 1, epoch: UInt16 = 0) throws -> Claims {
    Claims(
        nonce: Nonce(distribution: DistributionID(rawValue: distribution)!, serial: Serial(rawValue: 0)),
        epoch: Epoch(rawValue: epoch), expiry: noon.adding(seconds: day), embeddedDataHash: nil,
        contactID: try ContactID("c1"))
}

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span) }

func contents(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

extension Keyring {
    mutating func retire(
        _ id: KeyID, unexpiredLinks: Int, force: Bool = false, at now: UnixTime
    ) throws(TrustError) -> KeyRecord {
        try retire(id, force: force, at: now) { (_) throws(Never) in unexpiredLinks }.get()
    }

    mutating func retireUnused(unexpiredLinks: [KeyID: Int], at now: UnixTime) throws(TrustError) -> [KeyRecord] {
        try retireUnused(at: now) { (id) throws(Never) in unexpiredLinks[id, default: 0] }.get()
    }
}
