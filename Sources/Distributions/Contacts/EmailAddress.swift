/// An e-mail address as people and programs write it into a cell.
enum EmailAddress {
    /// Whether the text has the form of one address: something, one `@`, and a domain. Not whether mail arrives.
    ///
    /// Quoted local parts and IP addresses as domains (RFC 5321 §4.1.2, §4.1.3) are not taken for addresses: in lists of
    /// people they are mistakes.
    static func isValid(_ text: some StringProtocol) -> Bool {
        var at: Int?
        var count = 0
        // Labels of a domain are not empty.
        var labelStart = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "@"):
                guard at == nil, count > 0 else { return false }
                at = count
                labelStart = count + 1
            case UInt8(ascii: ".") where at != nil:
                guard labelStart < count else { return false }
                labelStart = count + 1
            case ...0x20, 0x7F, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "\""),
                UInt8(ascii: "["), UInt8(ascii: "]"):
                return false
            case 0x80...:
                // Letters of other scripts are allowed (RFC 6531), invisible characters and spaces are not.
                guard !text.unicodeScalars.contains(where: isInvisible) else { return false }
                return isValid(String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isASCII ? $0 : "a" })))
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                break
            default:
                guard at == nil else { return false }
            }
            count += 1
        }
        return at != nil && labelStart < count
    }

    /// Whether a cell is so plainly an address that it tells what its column is: the domain has a dot as well.
    static func isUnmistakable(_ text: String) -> Bool {
        guard isValid(text), let at = text.firstIndex(of: "@") else { return false }
        return text[at...].contains(".")
    }

    /// The address that is certainly meant by a cell that is none as it stands, or nil.
    ///
    /// Removed are `mailto:`, angle brackets and the name in front of them, quotes around the whole, spaces and separators
    /// at the ends, and characters that can't be seen.
    static func repaired(_ text: String) -> String? {
        var address = trimmed(String(String.UnicodeScalarView(text.unicodeScalars.filter { !isZeroWidth($0) })))
        while let last = address.last, last == ";" || last == "," { address = trimmed(String(address.dropLast())) }
        if let open = address.lastIndex(of: "<"), address.last == ">" {
            // In brackets twice, it is two addresses.
            guard address.firstIndex(of: "<") == open, !address[..<open].contains("@") else { return nil }
            address = trimmed(String(address[address.index(after: open)...].dropLast()))
        }
        if let quote = address.first, quote == "'" || quote == "\"", address.count > 1, address.last == quote {
            address = trimmed(String(address.dropFirst().dropLast()))
        }
        if address.lowercased().hasPrefix("mailto:") {
            address = trimmed(String(address.dropFirst(7).prefix { $0 != "?" }))
        }
        return isValid(address) ? address : nil
    }

    private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        isZeroWidth(scalar) || scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }
}
