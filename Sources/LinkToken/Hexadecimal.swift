extension FixedWidthInteger where Self: UnsignedInteger {
    /// The value in lower-case hexadecimal digits, padded to the type's width.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.utf8.count) + digits
    }

    /// Nil unless every byte is a hexadecimal digit and the value fits. Unlike `init(_:radix:)` it takes no sign.
    package init?(hexadecimal text: some Sequence<UInt8>) {
        var value: Self = 0
        var isEmpty = true
        for byte in text {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
            guard value.leadingZeroBitCount >= 4 else { return nil }
            value = value << 4 | Self(digit)
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        self = value
    }
}
