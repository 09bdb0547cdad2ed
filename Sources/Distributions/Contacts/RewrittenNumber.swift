/// Finds numbers that a spreadsheet or a statistics program wrote in its own way.
enum RewrittenNumber {
    /// Whether the text is a number as such programs show a long one, `4.91513E+11` in any locale. Its last digits are
    /// gone.
    static func isRounded(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.first.map(isDigit) == true, bytes.last.map(isDigit) == true,
            let plus = bytes.firstIndex(of: UInt8(ascii: "+")), plus > bytes.startIndex
        else { return false }
        let exponent = bytes.index(before: plus)
        guard bytes[exponent] | 0x20 == UInt8(ascii: "e"), bytes[bytes.index(after: plus)...].allSatisfy(isDigit)
        else { return false }
        let fraction = bytes[bytes.index(after: bytes.startIndex)..<exponent]
        guard let point = fraction.first else { return true }
        return isPoint(point) && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit)
    }

    /// Whether the text is a whole number with a decimal place: `101.0`.
    static func isDecimal(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count > 2, bytes.last == UInt8(ascii: "0"), bytes.first.map(isDigit) == true else { return false }
        return isPoint(bytes[bytes.index(bytes.endIndex, offsetBy: -2)]) && bytes.dropLast(2).allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isPoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") }
}
