import Encoding

/// The two kinds of text that identify a link.
enum CredentialKind {
    case token
    case session

    private var firstLetter: UInt8 {
        switch self {
        case .token: UInt8(ascii: "L")
        case .session: UInt8(ascii: "S")
        }
    }

    /// Whether the text has the form that linkseal writes, to the letter. What it says is not looked at.
    func isExactly(_ text: some Collection<UInt8>) -> Bool {
        guard text.first == firstLetter else { return false }
        switch self {
        case .token:
            guard text.count <= Token.textCountLimit, text.count >= Self.shortestToken else { return false }
        case .session:
            guard text.count == SessionReceipt.characterCount else { return false }
        }
        var last: UInt8 = 0
        for byte in text {
            guard Base64URL.isLetter(byte) else { return false }
            last = byte
        }
        return self == .session || Self.endsToken(last)
    }

    private static let shortestToken = Base64URL.encodedCount(of: TokenLayout.smallestByteCount)

    /// The filler in a token's layout makes its last character a letter or a digit.
    private static func endsToken(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_")
    }

    /// The credential that a run of letters of the alphabet is, but for dashes around it and the `3D` that
    /// quoted-printable makes of an equals sign before it.
    func credential(in run: ArraySlice<UInt8>) -> String? {
        var rest = run
        while let first = rest.first, first != firstLetter {
            let count = Self.endsToken(first) ? rest.starts(with: "3D".utf8) ? 2 : 0 : 1
            guard count > 0 else { return nil }
            rest = rest.dropFirst(count)
        }
        switch self {
        case .token:
            while let last = rest.last, !Self.endsToken(last) { rest.removeLast() }
            guard rest.count <= Token.textCountLimit else { return nil }
            let text = String(decoding: rest, as: UTF8.self)
            return (try? Token(parsing: text)) == nil ? nil : text
        case .session:
            // A session may end in a dash, but its length is fixed.
            guard rest.dropFirst(SessionReceipt.characterCount).allSatisfy({ !Self.endsToken($0) }) else { return nil }
            let text = String(decoding: rest.prefix(SessionReceipt.characterCount), as: UTF8.self)
            return (try? SessionReceipt(unverified: text)) == nil ? nil : text
        }
    }
}

/// Finds the token or the session in text that was changed on its way.
struct CredentialScan {
    static let token = CredentialScan(kind: .token)
    static let session = CredentialScan(kind: .session)

    /// How often a text is percent-decoded: mail programs that wrap links in links of their own do it once, and scanners
    /// of scanners twice.
    private static let decodingLimit = 2

    let kind: CredentialKind

    struct Found {
        let text: String
        /// What follows it in the reading in which it was found.
        let rest: ArraySlice<UInt8>
    }

    /// The one credential in a text. Nil if there is none, or more than one.
    func find(in text: [UInt8]) -> Found? {
        guard text.count <= LinkText.byteCountLimit else { return nil }
        var reading = text
        var found: Found?
        for level in 0...Self.decodingLimit {
            if level > 0 {
                let decoded = reading.percentDecoded(plusIsSpace: false)
                if decoded.count == reading.count { break }
                reading = decoded
            }
            for isJoining in [true, false] {
                let candidates = candidates(in: reading, isJoining: isJoining)
                guard let first = candidates.first else { continue }
                guard candidates.allSatisfy({ $0.text == first.text }) else { return nil }
                found = first
                break
            }
            // What follows in percent-encoding may be more of it, or its query: the next reading tells.
            if let found, found.rest.first != UInt8(ascii: "%") { return found }
        }
        return found
    }

    /// - Parameter isJoining: whether white space and equals signs, of which line breaks in mail consist, are left out.
    ///   Otherwise they end a credential as any other foreign character does.
    private func candidates(in text: [UInt8], isJoining: Bool) -> [Found] {
        var found: [Found] = []
        var run: [UInt8] = []
        var runEnd = 0
        func endRun() {
            if let credential = kind.credential(in: run[...]) {
                found.append(Found(text: credential, rest: text[runEnd...]))
            }
            run.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < text.count {
            if Base64URL.isLetter(text[index]) {
                run.append(text[index])
                index += 1
                runEnd = index
            } else if let count = Self.ignoredCount(in: text[index...], isJoining: isJoining) {
                index += count
            } else {
                endRun()
                index += 1
            }
        }
        endRun()
        return found
    }

    /// How many bytes of what a text begins with are left out as if they were not there.
    private static func ignoredCount(in text: ArraySlice<UInt8>, isJoining: Bool) -> Int? {
        switch text[text.startIndex] {
        case UInt8(ascii: "\n") where isJoining:
            // A reply quotes each line with a mark.
            1 + text.dropFirst().prefix { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: " ") }.count
        case UInt8(ascii: " "), 0x09...0x0D, UInt8(ascii: "="):
            isJoining ? 1 : nil
        // Latin-1 for the no-break space and the soft hyphen. In UTF-8 they follow other bytes and are not met here.
        case 0xA0, 0xAD: 1
        case 0..<0x80: nil
        default: invisibleCount(in: text, isJoining: isJoining)
        }
    }

    /// The bytes of an invisible character: UTF-8, checked.
    private static func invisibleCount(in text: ArraySlice<UInt8>, isJoining: Bool) -> Int? {
        let count = text.first.map { $0 < 0xE0 ? 2 : 3 } ?? 0
        guard let character = String(validating: text.prefix(count), as: UTF8.self)?.unicodeScalars.first else {
            return nil
        }
        let properties = character.properties
        // Soft hyphens, zero-width characters, marks of direction, variation selectors, byte order marks.
        if properties.isDefaultIgnorableCodePoint { return count }
        return isJoining && properties.isWhitespace ? count : nil
    }
}
