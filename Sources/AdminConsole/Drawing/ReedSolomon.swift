/// Error correction of QR codes: Reed-Solomon over GF(2⁸) with the polynomial 0x11D and the generator 2 (ISO/IEC
/// 18004:2015 §7.5.2).
enum ReedSolomon {
    /// The remainder of the data, so many bytes, which lets a reader correct half as many.
    static func remainder(of data: ArraySlice<UInt8>, count: Int) -> [UInt8] {
        let divisor = divisor(count)
        var remainder = [UInt8](repeating: 0, count: count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for index in remainder.indices { remainder[index] ^= product(divisor[index], factor) }
        }
        return remainder
    }

    /// The coefficients of (x − 2⁰)(x − 2¹)… without the first, which is one.
    private static func divisor(_ degree: Int) -> [UInt8] {
        var coefficients = [UInt8](repeating: 0, count: degree)
        coefficients[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in 0..<degree {
                coefficients[index] = product(coefficients[index], root)
                if index + 1 < degree { coefficients[index] ^= coefficients[index + 1] }
            }
            root = product(root, 2)
        }
        return coefficients
    }

    private static func product(_ x: UInt8, _ y: UInt8) -> UInt8 {
        var result: UInt16 = 0
        for bit in stride(from: 7, through: 0, by: -1) {
            result = result << 1 ^ (result >> 7) * 0x11D
            result ^= UInt16(y >> UInt8(bit) & 1) * UInt16(x)
        }
        return UInt8(truncatingIfNeeded: result)
    }
}
