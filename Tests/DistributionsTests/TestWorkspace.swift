import Cryptography
import Distributions
import Foundation
import LinkToken
import TestSupport
import Trust

/// A workspace with a key, in a directory of its own.
final class TestWorkspace: Sendable {
    let directory: TemporaryDirectory
    let workspace: Workspace
    let key: PrivateKey
    /// 2026-11-24T07:18:07Z.
    let now = UnixTime(rawValue: 1_795_504_687)

    init() throws {
        directory = TemporaryDirectory()
        workspace = try Workspace.create(in: directory.root)
        key = try PrivateKey.generate(.ed25519)
    }

    var distributions: DistributionLibrary { workspace.distributions }

    func request(
        _ source: ContactSource, template: String = "https://survey.example/s?c={contact_id}&r={session}",
        inLink: [String] = []
    ) throws -> GenerateRequest {
        var request = GenerateRequest(
            name: "NPS Q4", source: source,
            surveyURL: try SurveyURLTemplate(template, inLinkFields: inLink),
            baseURL: try LinkBaseURL("https://links.example/l/"), expiry: now.adding(seconds: 86400),
            output: directory.path("links.csv"))
        if !inLink.isEmpty { request.embeddedData = .inLink(fields: inLink) }
        return request
    }

    /// A list of people with embedded data, and its file.
    func people(_ count: Int, name: String = "people.csv") throws -> ContactSource {
        var text = "Contact ID,First Name,Last Name,Email,External Data Reference,Language,Plan,Größe\n"
        for index in 0..<count {
            text += "c\(index),Zoë,Müller \(index),p\(index)@x.example,X\(index),DE,"
            text += index % 2 == 0 ? "gold,\n" : "silver,groß\n"
        }
        return .file(ContactFile(try directory.write(text, to: name)))
    }

    /// The rows of a spreadsheet, by heading.
    func rows(_ name: String = "links.csv") throws -> [[String: String]] {
        var reader = try CSVReader(directory.path(name))
        var row = CSVRow()
        guard try reader.read(into: &row) else { return [] }
        let headings = row.cells
        var rows: [[String: String]] = []
        while try reader.read(into: &row) {
            rows.append(Dictionary(uniqueKeysWithValues: zip(headings, row.cells)))
        }
        return rows
    }

    /// Names of files below the data directory.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: workspace.dataDirectory).sorted()
    }
}

/// Knows one key, and what a distribution's manifest says.
struct TestTrust: LinkTrust {
    let known: PublicKey
    var distribution: Distribution?

    func key(_ id: KeyID) -> KeyTrust { id == known.id ? .verifying(known) : .unknown }
    func changes(of id: DistributionID) -> DistributionChanges {
        distribution.flatMap { $0.id == id ? $0.changes : nil } ?? .none
    }
}

func token(in link: String?) -> Substring? {
    link?.split(separator: "/").last?.split(separator: "?").first
}

func contents(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
