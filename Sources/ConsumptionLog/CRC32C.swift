/// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected), RFC 3720 §12.1 and appendix B.4.
///
/// Slicing-by-8 after M. E. Kounavis and F. L. Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC
/// Generation", IEEE Transactions on Computers 57 (11), 2008: eight table look-ups take eight bytes in.
// The tables are written once, before the pointer to them is handed out.
package struct CRC32C: @unchecked Sendable {
    /// The register, not yet inverted.
    private var register: UInt32
    private let tables: UnsafePointer<UInt32>

    package init() {
        register = .max
        tables = Self.tables
    }

    package var value: UInt32 { ~register }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            update(eight: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        while offset < bytes.count {
            register = register >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: register) ^ bytes[offset])]
            offset += 1
        }
    }

    /// Takes in eight bytes, the first in the lowest bits.
    @inline(__always)
    package mutating func update(eight bytes: UInt64) {
        let word = bytes ^ UInt64(register)
        let low = tables[1792 + Int(word & 0xFF)] ^ tables[1536 + Int(word >> 8 & 0xFF)]
        let next = tables[1280 + Int(word >> 16 & 0xFF)] ^ tables[1024 + Int(word >> 24 & 0xFF)]
        let third = tables[768 + Int(word >> 32 & 0xFF)] ^ tables[512 + Int(word >> 40 & 0xFF)]
        let high = tables[256 + Int(word >> 48 & 0xFF)] ^ tables[Int(word >> 56)]
        register = low ^ next ^ third ^ high
    }

    /// Takes in four bytes, the first in the lowest bits.
    @inline(__always)
    package mutating func update(four bytes: UInt32) {
        let word = bytes ^ register
        register =
            tables[768 + Int(word & 0xFF)] ^ tables[512 + Int(word >> 8 & 0xFF)]
            ^ tables[256 + Int(word >> 16 & 0xFF)] ^ tables[Int(word >> 24)]
    }

    /// Eight tables of 256: `tables[256 * k + b]` is the register after the byte `b` and `k` zero bytes.
    private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for byte in 0..<256 {
            var register = UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0x82F6_3B78 : 0) }
            tables[byte] = register
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return UnsafePointer(tables)
    }()
}
