import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

/// Exports in the formats of survey tools, with invented responses: `Exports/NAME.csv`, where `{session 3}` is the session
/// of the contact c3, and `NAME.expected`, which has the contact and the Match of every response.
@Suite struct ResponseExportTests {
    let setting = try! TestWorkspace()
    let sessions = sessionKeyring(of: 1)
    let strangers = sessionKeyring(of: 2)

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Exports")
    static let names = try! FileManager.default.contentsOfDirectory(atPath: directory.path)
        .filter { $0.hasSuffix(".csv") }.map { String($0.dropLast(4)) }.sorted()

    struct Expectation {
        let key: ResponseKey
        let column: String
        /// The contact, or `-`, and what Match says.
        let rows: [(contact: String, match: String)]

        init(of name: String) throws {
            let text = try String(contentsOf: directory.appending(path: name + ".expected"), encoding: .utf8)
            let lines = text.split(separator: "\n")
            let first = try #require(lines.first?.wholeMatch(of: /by (\w+), column (.+)/))
            key = try #require(ResponseKey(rawValue: String(first.1)))
            column = String(first.2)
            rows = try lines.dropFirst().map { (line) in
                let parts = try #require(line.firstRange(of: " | "))
                return (String(line[..<parts.lowerBound]), String(line[parts.upperBound...]))
            }
        }
    }

    /// Two distributions of the same ten people; the second is not the one that is asked for.
    func generate() async throws -> (Distribution, other: Distribution) {
        let first = try await setting.distributions.generate(
            setting.request(setting.people(10)), key: setting.key, at: setting.now)
        var request = try setting.request(setting.people(10))
        request.name = "earlier"
        request.output = setting.directory.path("other.csv")
        let other = try await setting.distributions.generate(request, key: setting.key, at: setting.now)
        return (first.distribution, other.distribution)
    }

    func receipt(_ serial: UInt32, of id: DistributionID) -> SessionReceipt {
        SessionReceipt(
            nonce: Nonce(distribution: id, serial: Serial(rawValue: serial)), startedAt: setting.now, epoch: .initial)
    }

    /// The text with what its places stand for.
    func filled(_ text: String, _ distribution: Distribution, _ other: Distribution) throws -> String {
        let links = try setting.rows().map { try #require($0["Link"]) }
        let unknown = try DistributionID.random()
        var result = text
        for match in text.matches(of: /\{([a-z ]+?)(?: (\d))?( cut)?\}/).reversed() {
            let serial = match.2.flatMap { UInt32($0) } ?? 0
            var filling: String
            switch match.1 {
            case "session": filling = try sessions.issue(receipt(serial, of: distribution.id))
            case "other": filling = try sessions.issue(receipt(serial, of: other.id))
            case "unknown": filling = try sessions.issue(receipt(serial, of: unknown))
            case "stranger": filling = try strangers.issue(receipt(serial, of: distribution.id))
            case "test": filling = try sessions.issue(receipt(0xFFFF_FF00, of: distribution.id))
            case "forged":
                let genuine = try sessions.issue(receipt(serial, of: distribution.id))
                // One bit of the serial.
                filling = genuine.replacing(at: 18, with: genuine[at: 18] == "A" ? "B" : "A")
            case "link": filling = links[Int(serial)]
            case "forged link":
                // The end of a token is that of its signature.
                filling = links[Int(serial)].dropLast(4) + "AAAA"
            default:
                Issue.record("\(match.0) stands for nothing")
                continue
            }
            if match.3 != nil { filling = String(filling.dropLast(9)) }
            result.replaceSubrange(match.range, with: filling)
        }
        return result
    }

    func join(_ bytes: some Sequence<UInt8>, _ key: ResponseKey, _ distribution: Distribution) throws -> ResultsReport {
        try setting.distributions.joinResults(
            ResultsJoin(
                responses: try setting.directory.write(Array(bytes), to: "responses.csv"), by: key,
                output: setting.directory.path("joined.csv")),
            of: [distribution], keys: [PublishedKey(key: setting.key.publicKey, state: .retired)], sessions: sessions,
            at: setting.now)
    }

    /// The export as it would be in the file.
    func export(_ name: String, _ distribution: Distribution, _ other: Distribution) throws -> Data {
        let data = try Data(contentsOf: Self.directory.appending(path: name + ".csv"))
        guard data.starts(with: [0xFF, 0xFE]) else {
            return Data(try filled(String(decoding: data, as: UTF8.self), distribution, other).utf8)
        }
        let text = try filled(#require(String(data: data, encoding: .utf16)), distribution, other)
        return try #require(text.data(using: .utf16))
    }

    @Test(arguments: names)
    func `every response of an export gets its own contact, and the reason where it gets none`(name: String)
        async throws
    {
        let (distribution, other) = try await generate()
        let expected = try Expectation(of: name)
        let export = try export(name, distribution, other)
        let report = try join(export, expected.key, distribution)
        #expect(report.column == expected.column)
        let (before, after) = (try cells("responses.csv"), try cells("joined.csv"))
        // Answers are not altered, and further lines of headings stay.
        #expect(
            before.map { $0.map { FormulaGuard.removed(from: $0) } }
                == after.map { $0.prefix(before[0].count).map { FormulaGuard.removed(from: $0) } })
        let rows = Array(after.dropFirst(after.count - expected.rows.count))
        #expect(rows.map { $0.last } == expected.rows.map(\.match))
        #expect(rows.map { $0[before[0].count] } == expected.rows.map { $0.contact == "-" ? "" : $0.contact })
        #expect(report.responses == expected.rows.count)
        let bytes = try Data(contentsOf: URL(filePath: setting.directory.path("joined.csv")))
        // It stays a file that the same program opens.
        let separator = try CSVReader(setting.directory.path("responses.csv")).separator
        #expect(try CSVReader(setting.directory.path("joined.csv")).separator == separator)
        let hasMark = [0xEF, 0xFF].contains(export[0])
        #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]) == hasMark)
    }

    func cells(_ name: String) throws -> [[String]] {
        var reader = try CSVReader(setting.directory.path(name))
        var row = CSVRow()
        var rows: [[String]] = []
        while try reader.read(into: &row) { rows.append(row.cells) }
        return rows
    }

    /// Rows are dropped, doubled and shuffled, and the response numbers in the first column made anew, as they are when
    /// somebody works on an export before it is joined.
    @Test(arguments: names.filter { try! Expectation(of: $0).key == .session })
    func `whatever is done to the rows, none gets another person`(name: String) async throws {
        let (distribution, other) = try await generate()
        let expected = try Expectation(of: name)
        _ = try join(export(name, distribution, other), .session, distribution)
        let all = try cells("responses.csv")
        let headings = all.count - expected.rows.count
        let width = all[0].count
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var rows = Array(all[headings...])
            let doubled = rows.filter { _ in Bool.random(using: &random) }
            rows = (rows + doubled).filter { _ in UInt8.random(in: 0..<4, using: &random) > 0 }
                .shuffled(using: &random)
            if all[0][0] != expected.column {
                for index in rows.indices { rows[index][0] = "c\(rows.count - 1 - index)" }
            }
            var writer = CSVWriter()
            for row in all[..<headings] + rows {
                for cell in row { writer.cell(cell) }
                writer.endRow()
            }
            do {
                _ = try join(writer.take(), .session, distribution)
            } catch DistributionsError.responses(file: _, fault: .noColumn) {
                // Every genuine session was dropped, and the heading says nothing.
                continue
            }
            let column = try #require(all[0].firstIndex(of: expected.column))
            for row in try cells("joined.csv").dropFirst(headings) {
                let receipt = SessionText.found(in: row[column]).flatMap { try? sessions.verify($0) }
                let isOwn = receipt?.nonce.distribution == distribution.id && row.last != "names another contact"
                let serial = receipt.map { $0.nonce.serial.rawValue } ?? 0
                #expect(row[width] == (isOwn && serial < 10 ? "c\(serial)" : ""), "seed \(seed)")
            }
        }
    }
}

extension String {
    fileprivate subscript(at offset: Int) -> Character { self[index(startIndex, offsetBy: offset)] }

    fileprivate func replacing(at offset: Int, with character: Character) -> String {
        var text = self
        let index = text.index(text.startIndex, offsetBy: offset)
        text.replaceSubrange(index...index, with: [character])
        return text
    }
}

/// A keyring whose key has that byte alone. Keys are told apart by a byte of their hash, which random ones may share.
func sessionKeyring(of byte: UInt8) -> SessionKeyring {
    try! SessionKeyring(
        current: SecretBytes(copying: Array(repeating: byte, count: SessionKeyring.keyByteCount).span))
}
