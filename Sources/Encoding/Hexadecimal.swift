extension FixedWidthInteger where Self: UnsignedInteger {
    /// The value in lower-case hexadecimal digits, padded to the type's width.
    @inlinable
    package var hexadecimal: String {
        let count = Self.bitWidth / 4
        return String(unsafeUninitializedCapacity: count) { (digits) in
            var rest = self
            for index in (0..<count).reversed() {
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                digits[index] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                rest >>= 4
            }
            return count
        }
    }

    /// Nil unless every byte is a hexadecimal digit and the value fits. Unlike `init(_:radix:)` it takes no sign.
    @inlinable
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
