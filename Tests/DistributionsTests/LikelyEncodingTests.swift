import TestSupport
import Testing

@testable import Distributions

@Suite struct LikelyEncodingTests {
    let directory = TemporaryDirectory()

    @Test(arguments: [
        ("8;Jürgen;Groß;Köln", TextEncoding.windows1252), ("8;José;Muñoz;Málaga", .windows1252),
        ("8;Zoé;Lefèvre;Besançon", .windows1252), ("8;Jürgen;Groß;Köln", .macRoman), ("8;José;Muñoz;Málaga", .macRoman),
        ("8;Олена;Шевченко;Київ", .windows1251), ("8;ИВАН;ПЕТРОВ;МОСКВА", .windows1251),
        ("8;山田;太郎;東京都", .shiftJIS), ("8;さとう;タロウ;大阪", .shiftJIS), ("8;王芳;张伟;李娜", .gb18030),
    ])
    func `the encoding that text is in comes first among those that it may be in`(
        text: String, encoding: TextEncoding
    ) throws {
        let bytes = ContactSample.bytes(of: text, in: encoding)
        let readings = LikelyEncodings.readings(of: bytes, sample: bytes)
        #expect(readings.first == TextReading(encoding: encoding, line: text), "\(readings)")
        #expect(readings.count <= 3 && Set(readings.map(\.line)).count == readings.count)
    }

    @Test func `the line that is no UTF-8 is shown, wherever it is`() throws {
        let filler = (1...40_000).map { "\($0),p\($0)@mail.example\r\n" }.joined()
        let bytes = ContactSample.bytes(of: "id,email\r\n" + filler + "x,Zoë\r\n", in: .windows1252)
        let file = ContactFile(try directory.write(bytes, to: "people.csv"))
        var reader = try file.reader()
        let faults = [
            #expect(throws: DistributionsError.self) { while try reader.next() != nil {} },
            #expect(throws: DistributionsError.self) { try ContactCheck(file) },
        ]
        for fault in faults {
            guard case .table(_, 40_002, 5, .invalidText(.utf8, let readings)) = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
            #expect(readings.first == TextReading(encoding: .windows1252, line: "x,Zoë"))
        }
    }

    @Test func `a damaged UTF-8 file is not taken for one in another encoding`() throws {
        let bytes = Array("id,email\n1,zoë@mail.example\n2,zo".utf8) + [0xEB] + Array("@mail.example\n".utf8)
        #expect(ContactFile(try directory.write(bytes, to: "people.csv")).likelyReadings(ofLine: 3).isEmpty)
    }

    @Test func `characters are read whole, however a file is cut into chunks`() throws {
        let text = "id,名前\n" + String(repeating: "7,山田ｱ太郎\n", count: 50)
        let path = try directory.write(ContactSample.bytes(of: text, in: .shiftJIS), to: "people.csv")
        for size in 16...24 {
            let source = try TextSource(InputFile(path), chunkSize: size, assuming: .shiftJIS)
            var (whole, chunk): ([UInt8], [UInt8]) = ([], [])
            while try source.next(into: &chunk) { whole += chunk }
            #expect(String(decoding: whole, as: UTF8.self) == text && source.fault == nil)
        }
    }

    @Test func `encodings have the names that people know`() {
        for encoding in TextEncoding.allCases {
            #expect(TextEncoding(encoding.label) == encoding && TextEncoding(encoding.label.uppercased()) == encoding)
        }
        for (name, encoding) in [
            ("cp1252", TextEncoding.windows1252), ("Windows 1252", .windows1252), ("Latin-1", .latin1),
            ("Mac Roman", .macRoman), ("SJIS", .shiftJIS), ("Shift-JIS", .shiftJIS), ("GBK", .gb18030), ("utf8", .utf8),
        ] {
            #expect(TextEncoding(name) == encoding)
        }
        #expect(TextEncoding("klingon") == nil)
    }
}
