/// What text is saved in.
///
/// UTF-8 and UTF-16 are told apart by the byte order mark. The others are what spreadsheet programs write as "CSV" in much
/// of the world. Nothing in a file tells them apart, so a person has to say which one it is.
public enum TextEncoding: Hashable, Sendable, CaseIterable {
    case utf8
    case utf16LittleEndian
    case utf16BigEndian
    case windows1252
    case macRoman
    case windows1251
    case shiftJIS
    case gb18030
    case latin1

    public var name: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
        case .windows1252: "Windows-1252"
        case .macRoman: "Mac Roman"
        case .windows1251: "Windows-1251"
        case .shiftJIS: "Shift-JIS"
        case .gb18030: "GB18030"
        case .latin1: "Latin-1"
        }
    }

    /// The name in IANA's registry of character sets, in lower case.
    public var label: String {
        switch self {
        case .utf8: "utf-8"
        case .utf16LittleEndian: "utf-16le"
        case .utf16BigEndian: "utf-16be"
        case .windows1252: "windows-1252"
        case .macRoman: "macintosh"
        case .windows1251: "windows-1251"
        case .shiftJIS: "shift_jis"
        case .gb18030: "gb18030"
        case .latin1: "iso-8859-1"
        }
    }

    /// Nil unless the text is a name of an encoding, in any case and punctuation.
    public init?(_ text: String) {
        let key = text.lowercased().filter { $0.isLetter || $0.isNumber }
        let other: [String: TextEncoding] = [
            "cp1252": .windows1252, "ansi": .windows1252, "macroman": .macRoman, "mac": .macRoman,
            "cp1251": .windows1251, "sjis": .shiftJIS, "cp932": .shiftJIS, "windows31j": .shiftJIS, "gbk": .gb18030,
            "gb2312": .gb18030, "cp936": .gb18030, "latin1": .latin1,
        ]
        guard
            let encoding = other[key]
                ?? Self.allCases.first(where: { $0.label.filter { $0.isLetter || $0.isNumber } == key })
        else { return nil }
        self = encoding
    }

    /// The name by which iconv(3) knows an encoding of which no file has a mark. Nil for the others.
    var iconvName: String? {
        switch self {
        case .utf8, .utf16LittleEndian, .utf16BigEndian: nil
        case .windows1252: "CP1252"
        case .macRoman: "MACINTOSH"
        case .windows1251: "CP1251"
        // Windows writes its own characters in addition to those of the standard.
        case .shiftJIS: "CP932"
        case .gb18030: "GB18030"
        case .latin1: "ISO-8859-1"
        }
    }

    /// The encoding and the length of the mark; UTF-8 when there is none.
    static func detect(_ bytes: UnsafeRawBufferPointer) -> (encoding: TextEncoding, markLength: Int) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
        return (.utf8, 0)
    }
}

/// Why a file is probably not in the encoding that a person gave.
public enum EncodingDoubt: Hashable, Sendable {
    /// The file has a byte order mark, and was read as that says.
    case marked(as: TextEncoding, given: TextEncoding)
    /// The file is UTF-8 as well, and was read as the person said.
    case readsAsUTF8(given: TextEncoding)
}

/// A line as it reads in an encoding.
public struct TextReading: Hashable, Sendable {
    public let encoding: TextEncoding
    public let line: String
}

/// Sorts encodings by how likely text is to be in them, for a person to choose from. A program must not.
enum LikelyEncodings {
    /// The line in the three likeliest encodings, the likeliest first. Encodings that read it alike are one.
    ///
    /// - Parameter sample: lines of the same file that aren't ASCII, the more the better.
    static func readings(of line: [UInt8], sample: [UInt8]) -> [TextReading] {
        var found: [(reading: TextReading, oddities: Int)] = []
        for encoding in TextEncoding.allCases {
            guard let converter = TextConverter(from: encoding), let text = converter.text(of: sample),
                let shown = converter.text(of: line)
            else { continue }
            var oddities = oddities(in: text)
            if encoding == .gb18030 { oddities += rarePairs(in: sample) }
            found.append((TextReading(encoding: encoding, line: shown), oddities))
        }
        // Not sorted in place: candidates that are equally likely keep their order.
        var readings: [TextReading] = []
        for (reading, _) in found.enumerated().sorted(by: {
            ($0.element.oddities, $0.offset) < ($1.element.oddities, $1.offset)
        }).map(\.element) where readings.count < 3 && !readings.contains(where: { $0.line == reading.line }) {
            readings.append(reading)
        }
        return readings
    }

    private enum Script { case latin, cyrillic, eastAsian }

    /// How often letters follow each other that no language puts in that order, and characters appear that no name has.
    private static func oddities(in text: String) -> Int {
        var count = 0
        var run = 0
        var (before, previous): (Unicode.Scalar?, Unicode.Scalar?)
        for scalar in text.unicodeScalars {
            defer { (before, previous) = (previous, scalar) }
            let script = script(of: scalar)
            let previousScript = previous.flatMap(Self.script)
            if let script, let previousScript, script != previousScript { count += 1 }
            let isUpper = scalar.properties.isUppercase
            if let previous, script != nil, previousScript == script {
                // `MŸller` and `JosŽ`: capitals inside of words.
                if isUpper, !scalar.isASCII, previous.properties.isLowercase { count += 1 }
                if scalar.properties.isLowercase, !previous.isASCII, previous.properties.isUppercase,
                    before.flatMap(Self.script) == script
                {
                    count += 1
                }
            }
            // Words of Latin letters don't consist of accented ones.
            run = script == .latin && !scalar.isASCII ? run + 1 : 0
            if run > 2 { count += 1 }
            if !scalar.isASCII, script == nil, !isOrdinary(scalar, after: previous) { count += 1 }
        }
        return count
    }

    private static func script(of scalar: Unicode.Scalar) -> Script? {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F: .latin
        // Russian, Ukrainian and Belarusian; the other letters of Windows-1251 are rare.
        case 0x410...0x44F, 0x401, 0x451, 0x404, 0x454, 0x406, 0x456, 0x407, 0x457, 0x490, 0x491, 0x40E, 0x45E:
            .cyrillic
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0x20000...0x3134F: .eastAsian
        default: nil
        }
    }

    /// Punctuation and signs that lists have.
    private static func isOrdinary(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        switch scalar.value {
        case 0xA0, 0xAB, 0xBB, 0xA1, 0xBF, 0x2013, 0x2014, 0x2018...0x201E, 0x2026, 0x20AC, 0x2116: true
        case 0xA7, 0xAA, 0xB0, 0xB7, 0xBA: previous.flatMap(script) == nil
        // Full-width and East Asian punctuation, 々 among them.
        case 0x3000...0x303F, 0xFF01...0xFF5E: true
        default: false
        }
    }

    /// How many pairs of bytes are characters of GB18030 that aren't in common use: those outside of level 1 of GB 2312.
    private static func rarePairs(in bytes: [UInt8]) -> Int {
        var count = 0
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] >= 0x81 else {
                index += 1
                continue
            }
            let isCommon = (0xB0...0xD7).contains(bytes[index]) && bytes[index + 1] >= 0xA1
            if !isCommon, !(0xA1...0xA3).contains(bytes[index]) { count += 1 }
            index += 2
        }
        return count
    }
}

extension ContactFile {
    /// The error, and how its line may read when it isn't in the encoding that was assumed.
    func withReadings(_ error: DistributionsError) -> DistributionsError {
        guard case .table(let file, let line, let column, .invalidText(let encoding, [])) = error else { return error }
        return .table(
            file: file, line: line, column: column,
            fault: .invalidText(encoding: encoding, readings: likelyReadings(ofLine: line)))
    }

    /// The line as it reads in the encodings that it is most likely to be in. None where the lines above are UTF-8: then the
    /// file is damaged.
    func likelyReadings(ofLine number: Int) -> [TextReading] {
        let (sampleLimit, lineLimit) = (1 << 16, 1 << 10)
        guard path != "-", let file = try? InputFile(path) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var (line, wasCR) = (1, false)
        var (shown, current, sample): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        func endLine() {
            if line == number { shown = Array(current.prefix(lineLimit)) }
            if current.contains(where: { $0 >= 0x80 }) { sample += current + [UInt8(ascii: "\n")] }
            current.removeAll(keepingCapacity: true)
            line += 1
        }
        while sample.count < sampleLimit, let count = try? file.read(into: &buffer), count > 0 {
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n"), wasCR {
                    wasCR = false
                    continue
                }
                wasCR = byte == UInt8(ascii: "\r")
                if wasCR || byte == UInt8(ascii: "\n") {
                    endLine()
                } else if line >= number {
                    if current.count < sampleLimit { current.append(byte) }
                } else if byte >= 0x80 {
                    return []
                }
            }
        }
        endLine()
        guard !shown.starts(with: [0xEF, 0xBB, 0xBF]) else { return [] }
        return LikelyEncodings.readings(of: shown, sample: sample)
    }
}
