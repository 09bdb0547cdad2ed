/// What a spreadsheet or a statistics program made of a number in its own way.
enum RewrittenNumber {
    /// `4.91513E+11`, as such programs show a long number in any locale. Its last digits are gone.
    case rounded
    /// `101.0`, a whole number with a decimal place.
    case decimal

    /// Nil for any other text.
    init?(_ text: String) {
        var text = text
        guard let number = text.withUTF8(Self.find) else { return nil }
        self = number
    }

    private static func find(in bytes: UnsafeBufferPointer<UInt8>) -> RewrittenNumber? {
        let count = bytes.count
        guard count > 2, isDigit(bytes[0]), isDigit(bytes[count - 1]) else { return nil }
        if isPoint(bytes[count - 2]) {
            return bytes[count - 1] == UInt8(ascii: "0") && bytes[..<(count - 2)].allSatisfy(isDigit) ? .decimal : nil
        }
        // An exponent has one to three digits.
        var exponent = count - 2
        while exponent > 1, exponent >= count - 4, isDigit(bytes[exponent]) { exponent -= 1 }
        guard bytes[exponent] == UInt8(ascii: "+"), exponent > 1, bytes[exponent - 1] | 0x20 == UInt8(ascii: "e") else {
            return nil
        }
        let fraction = bytes[1..<(exponent - 1)]
        guard let point = fraction.first else { return .rounded }
        return isPoint(point) && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit) ? .rounded : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isPoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") }
}
