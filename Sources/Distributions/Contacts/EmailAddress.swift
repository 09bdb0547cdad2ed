import Encoding

/// An e-mail address as people and programs write it into a cell.
enum EmailAddress {
    /// Whether the text has the form of one address: something, one `@`, and a domain. Not whether mail arrives.
    ///
    /// Quoted local parts and IP addresses as domains (RFC 5321 §4.1.2, §4.1.3) are not taken for addresses: in lists of
    /// people they are mistakes.
    static func isValid(_ text: String) -> Bool {
        var text = text
        switch text.withUTF8(form) {
        case .address: return true
        case .other: return false
        case .beyondASCII:
            // Letters of other scripts are allowed (RFC 6531), invisible characters and spaces are not.
            guard !text.unicodeScalars.contains(where: isInvisible) else { return false }
            return isValid(String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isASCII ? $0 : "a" })))
        }
    }

    /// Whether a cell is an address that nothing needs to be done about: ASCII, and no spreadsheet takes it for a formula.
    static func isPlain(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        cell.first.map(isLetterOrDigit) == true && form(of: cell) == .address
    }

    private enum Form { case address, other, beyondASCII }

    private static func form(of bytes: UnsafeBufferPointer<UInt8>) -> Form {
        var at: Int?
        // Labels of a domain are not empty.
        var labelStart = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if isLetterOrDigit(byte) { continue }
            switch byte {
            case UInt8(ascii: "@"):
                guard at == nil, index > 0 else { return .other }
                at = index
                labelStart = index + 1
            case UInt8(ascii: "."):
                guard at != nil else { continue }
                guard labelStart < index else { return .other }
                labelStart = index + 1
            case UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            case 0x80...: return .beyondASCII
            case ...0x20, 0x7F, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "\""),
                UInt8(ascii: "["), UInt8(ascii: "]"):
                return .other
            default:
                guard at == nil else { return .other }
            }
        }
        return at != nil && labelStart < bytes.count ? .address : .other
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    /// Whether a cell is so plainly an address that it tells what its column is: the domain has a dot as well.
    static func isUnmistakable(_ text: String) -> Bool {
        guard isValid(text), let at = text.firstIndex(of: "@") else { return false }
        return text[at...].contains(".")
    }

    /// The address that an invalid cell certainly means. Nil if none is certain.
    ///
    /// Removed are `mailto:`, angle brackets and the name in front of them, quotes around the whole, spaces and separators
    /// at the ends, and characters that can't be seen.
    static func repaired(_ text: String) -> String? {
        var address = String(String.UnicodeScalarView(text.unicodeScalars.filter { !isZeroWidth($0) })).trimmed
        while let last = address.last, last == ";" || last == "," { address = String(address.dropLast()).trimmed }
        if let open = address.lastIndex(of: "<"), address.last == ">" {
            // In brackets twice, it is two addresses.
            guard address.firstIndex(of: "<") == open, !address[..<open].contains("@") else { return nil }
            address = String(address[address.index(after: open)...].dropLast()).trimmed
        }
        if let quote = address.first, quote == "'" || quote == "\"", address.count > 1, address.last == quote {
            address = String(address.dropFirst().dropLast()).trimmed
        }
        if address.lowercased().hasPrefix("mailto:") {
            address = String(address.dropFirst(7).prefix { $0 != "?" }).trimmed
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
