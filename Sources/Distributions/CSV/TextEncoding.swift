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
