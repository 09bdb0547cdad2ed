import Cryptography
import Encoding

/// A text for people, in which nothing that was interpolated controls the terminal.
///
/// Headings, names and values come from files of others. An escape sequence in one could rewrite what is on the screen,
/// or the clipboard; a line break could forge a line; and characters that control the direction of text show another
/// text than stands there. So they are shown escaped, as `\u001b`. The literals around them are the program's own, and
/// stay as they are.
struct TerminalText: ExpressibleByStringInterpolation, CustomStringConvertible, Sendable {
    let description: String

    init(stringLiteral literal: String) { description = literal }

    init(stringInterpolation: StringInterpolation) { description = stringInterpolation.text }

    private init(_ description: String) { self.description = description }

    /// The text as it is but for what would control the terminal, line by line.
    init(lines text: String) {
        self.init(text.split(separator: "\n", omittingEmptySubsequences: false).map { Self.escaped($0) }.joined("\n"))
    }

    static func + (lhs: TerminalText, rhs: TerminalText) -> TerminalText {
        TerminalText(lhs.description + rhs.description)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ text: TerminalText) { self.text += text.description }

        mutating func appendInterpolation(_ value: some Any) { text += escaped("\(value)") }
    }

    /// With everything escaped that is not for reading: control characters (ECMA-48), line separators, and those that
    /// control the direction of text (UAX #9).
    static func escaped(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: \.controlsText) else { return String(text) }
        return text.unicodeScalars.reduce(into: "") { (escaped, scalar) in
            if scalar.controlsText {
                escaped += "\\u" + UInt16(scalar.value).hexadecimal
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
    }
}

extension [String] {
    fileprivate func joined(_ separator: String) -> String { joined(separator: separator) }
}
