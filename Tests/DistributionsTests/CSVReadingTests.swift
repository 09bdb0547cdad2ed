import Foundation
import TestSupport
import Testing

@testable import Distributions

@Suite struct CSVReadingTests {
    let directory = TemporaryDirectory()

    func rows(_ bytes: [UInt8], separator: CSVSeparator? = nil, chunkSize: Int = 1 << 17) throws -> [[String]] {
        let source = try TextSource(InputFile(directory.write(bytes, to: "file.csv")), chunkSize: chunkSize)
        var reader = try CSVReader(source, separator: separator)
        var row = CSVRow()
        var rows: [[String]] = []
        while try reader.read(into: &row) { rows.append(row.cells) }
        return rows
    }

    func rows(_ text: String, separator: CSVSeparator? = nil) throws -> [[String]] {
        try rows(Array(text.utf8), separator: separator)
    }

    @Test(
        "cells are read as RFC 4180 and people write them",
        arguments: [
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
            ("\n\r\n\ra,b\n\n\n1,2\n\n", [["a", "b"], ["1", "2"]]),
            ("a;b\n1;2,5\n", [["a", "b"], ["1", "2,5"]]),
            ("a\tb\n1\t2;3\n", [["a", "b"], ["1", "2;3"]]),
            ("sep=;\r\na;b\r\n", [["a", "b"]]),
            ("sep=,\na,b;c;d\n", [["a", "b;c;d"]]),
            ("\"a\",\"b\r\nc\"\n\"d\"\"e\",\"\"\n", [["a", "b\r\nc"], ["d\"e", ""]]),
            ("a\"b,c\n", [["a\"b", "c"]]),
            ("a,\n,\n", [["a", ""], ["", ""]]),
            ("a,", [["a", ""]]),
            ("\"\"\n", [[""]]),
            ("\"a,;b\";c\n", [["a,;b", "c"]]),
            ("\u{FEFF}a,b\n", [["a", "b"]]),
            ("名,姓\n太郎,山田\n", [["名", "姓"], ["太郎", "山田"]]),
            ("", []),
            ("\n", []),
        ])
    func cells(text: String, expected: [[String]]) throws {
        #expect(try rows(text) == expected)
    }

    @Test("the separator that is given is used, whatever the file looks like")
    func givenSeparator() throws {
        #expect(try rows("a;b,c\n", separator: .comma) == [["a;b", "c"]])
    }

    @Test("UTF-16 from Excel is read in both byte orders", arguments: [true, false])
    func utf16(isLittleEndian: Bool) throws {
        let text = "\u{FEFF}name\tmail\r\nЖаннa 😀\té@x.example\r\n"
        let bytes = text.utf16.flatMap { unit -> [UInt8] in
            let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            return isLittleEndian ? pair : pair.reversed()
        }
        for size in [16, 17, 18, 19, 1 << 17] {
            #expect(try rows(bytes, chunkSize: size) == [["name", "mail"], ["Жаннa 😀", "é@x.example"]])
        }
    }

    @Test(
        "what is wrong is named by line and column",
        arguments: [
            (Array("a,b\n1,\"2\n3\n".utf8), 2, nil, TableError.unterminatedQuote),
            (Array("a,b\r\n1,\"2\r\nx\"y\r\n".utf8), 3, 3, .textAfterQuote),
            (Array("a\nüü".utf8) + [0xFF] + Array("b\n".utf8), 2, 3, .invalidText(encoding: .utf8)),
            (Array("a\n\"x\nyé".utf8) + [0xC3, 0x28] + Array("\"\n".utf8), 3, 3, .invalidText(encoding: .utf8)),
            (Array("a\nb".utf8) + [0xE2, 0x82], 2, 2, .invalidText(encoding: .utf8)),
            (Array("a\n\u{0}b".utf8), 2, 1, .zeroByte),
            (
                [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x62, 0, 0, 0xDC, 0x63, 0], 2, 2,
                .invalidText(encoding: .utf16LittleEndian)
            ),
            ([0xFE, 0xFF, 0, 0x61, 0], 1, 2, .invalidText(encoding: .utf16BigEndian)),
        ])
    func faults(bytes: [UInt8], line: Int, column: Int?, fault: TableError) throws {
        for size in [16, 17, 1 << 17] {
            let error = #expect(throws: DistributionsError.self) { try rows(bytes, chunkSize: size) }
            #expect(error == .table(file: directory.path("file.csv"), line: line, column: column, fault: fault))
        }
    }

    @Test("a quote that is never closed is refused in bounded memory, by the line where it opens")
    func endlessQuote() throws {
        let text = "a,b\n1,2\n3,\"" + String(repeating: "x,y\n", count: 400_000)
        let error = #expect(throws: DistributionsError.self) { try rows(text) }
        #expect(error == .table(file: directory.path("file.csv"), line: 3, fault: .unterminatedQuote))
    }

    @Test("a line of separators without end is refused in bounded memory")
    func endlessRow() throws {
        let error = #expect(throws: DistributionsError.self) {
            try rows("a,b\n" + String(repeating: ",", count: 3_000_000))
        }
        #expect(
            error
                == .table(
                    file: directory.path("file.csv"), line: 2, fault: .rowTooLong(limit: CSVReader.rowLimit)))
    }

    @Test("the line of a row is the one it begins in")
    func lines() throws {
        var reader = try CSVReader(directory.write("a\r\n\r\n\"b\r\n\rc\"\r\nd\re\n\nf", to: "file.csv"))
        var row = CSVRow()
        var lines: [Int] = []
        while try reader.read(into: &row) { lines.append(row.line) }
        #expect(lines == [1, 3, 6, 7, 9])
    }

    @Test("random tables come back as they were written, however the file is cut into chunks")
    func roundTrip() throws {
        for _ in 0..<200 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SplitMix64(seed: seed)
            let separator = CSVSeparator.allCases.randomElement(using: &random)!
            let table = randomTable(using: &random)
            var writer = CSVWriter(separator: separator)
            for row in table {
                for cell in row { writer.cell(cell) }
                writer.endRow()
            }
            let size = Int.random(in: 16...100, using: &random)
            let read = try rows(writer.take(), separator: separator, chunkSize: size)
            #expect(read == table, "seed \(seed), chunk \(size)")
        }
    }

    @Test("files read as Python's csv module reads them")
    func likePython() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let script = """
            import csv, json, sys
            for path in sys.argv[1:]:
                with open(path, newline='', encoding='utf-8-sig') as file:
                    print(json.dumps([row for row in csv.reader(file) if row]))
            """
        var paths: [String] = []
        for index in 0..<100 {
            // Pieces and not rows, so that quotes, separators and line ends meet in every order.
            var text = ""
            for row in 0..<5 {
                let cells = (0..<3).map { column -> String in
                    let plain = ["", "a", "é", " ", "x\"y", "山"].randomElement(using: &random)!
                    let quoted = ["", "\"\"", ",", "\n", "\r", "\r\n", "ü", " "].randomElement(using: &random)!
                    return Bool.random(using: &random) || row == 0 && column == 0
                        ? "\"" + quoted + plain.replacing("\"", with: "") + quoted + "\"" : plain
                }
                text += cells.joined(separator: ",") + ["\n", "\r\n"].randomElement(using: &random)!
                if Bool.random(using: &random) { text += "\r\n" }
            }
            paths.append(try directory.write(text, to: "\(index).csv"))
        }
        let printed = try await ChildProcess.output(of: "python3", ["-c", script] + paths).split(separator: "\n")
        #expect(printed.count == paths.count)
        for (path, line) in zip(paths, printed) {
            let expected = try JSONDecoder().decode([[String]].self, from: Data(line.utf8))
            let read = try rows(contents(of: path), separator: .comma)
            #expect(read == expected, "seed \(seed), \(path)")
        }
    }
}

/// Cells of everything that may trip a reader.
func randomTable(using random: inout SplitMix64) -> [[String]] {
    let pieces = [
        "a", "\"", ",", ";", "\t", "\r", "\n", "\r\n", " ", "é", "山", "😀", "=", "'", "sep", "\u{200F}", "0", "ا",
    ]
    let columns = Int.random(in: 1...5, using: &random)
    return (0..<Int.random(in: 1...8, using: &random)).map { _ in
        (0..<columns).map { _ in
            (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        }
    }
}
