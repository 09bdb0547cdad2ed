extension Span<UInt8> {
    /// The integer whose big-endian bytes begin at the offset. The caller has checked the length.
    ///
    /// Inlinable, since other modules would call it unspecialized, which takes longer than hashing a token.
    @inlinable
    package func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(at offset: Int) -> Value {
        var value: Value = 0
        for index in offset..<offset + Value.bitWidth / 8 { value = value << 8 | Value(self[index]) }
        return value
    }
}

extension [UInt8] {
    package mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
