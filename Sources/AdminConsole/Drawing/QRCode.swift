import Encoding

/// A QR code (ISO/IEC 18004:2015) of bytes, at error correction level M, which survives 15 % of damage: print mail gets
/// folded and smudged.
///
/// ```swift
/// let svg = QRCode(link)?.svg(title: "QR code of the link")
/// ```
///
/// The smallest of the 40 versions is taken that holds the text. A link of 155 characters takes version 8 (49 modules),
/// one of 220 version 11.
struct QRCode: Sendable {
    let version: Int
    /// Modules on a side.
    let size: Int
    private var modules: [Bool]
    private var isFunction: [Bool]

    /// Nil when the text is longer than 2331 bytes.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard
            let version = (1...40).first(where: { version in
                4 + (version < 10 ? 8 : 16) + 8 * bytes.count <= 8 * Self.dataByteCount(version)
            })
        else { return nil }
        self.version = version
        size = 17 + 4 * version
        modules = Array(repeating: false, count: size * size)
        isFunction = modules
        drawFunctionPatterns()
        drawData(Self.codewords(bytes, version))
        var best: (penalty: Int, modules: [Bool])?
        let unmasked = modules
        for mask in 0..<8 {
            modules = unmasked
            apply(mask)
            drawFormat(mask)
            let penalty = penalty
            if best.map({ penalty < $0.penalty }) ?? true { best = (penalty, modules) }
        }
        modules = best!.modules
    }

    subscript(x: Int, y: Int) -> Bool { modules[y * size + x] }

    /// One path of dark modules on white, with the quiet zone of four modules that readers need (§6.3.8).
    ///
    /// - Parameter title: what it is, for those who can't see it.
    func svg(title: String) -> String {
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                let start = x
                while x < size, self[x, y] { x += 1 }
                if x > start { path += "M\(start + 4) \(y + 4)h\(x - start)v1h-\(x - start)z" } else { x += 1 }
            }
        }
        let side = size + 8
        return
            "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" role=\"img\""
            + " shape-rendering=\"crispEdges\"><title>\(title.markupEscaped)</title>"
            + "<path fill=\"#fff\" d=\"M0 0h\(side)v\(side)H0z\"/><path fill=\"#000\" d=\"\(path)\"/></svg>"
    }
}

// MARK: Data

extension QRCode {
    // ISO/IEC 18004:2015 table 9, level M, by version.
    private static let correctionBytesPerBlock = [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    ]
    private static let blockCounts = [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31,
        33,
        35, 37, 38, 40, 43, 45, 47, 49,
    ]

    /// Modules outside function patterns, as bytes.
    private static func rawByteCount(_ version: Int) -> Int {
        var modules = (16 * version + 128) * version + 64
        if version >= 2 {
            let alignments = version / 7 + 2
            modules -= (25 * alignments - 10) * alignments - 55
            if version >= 7 { modules -= 36 }
        }
        return modules / 8
    }

    private static func dataByteCount(_ version: Int) -> Int {
        rawByteCount(version) - correctionBytesPerBlock[version - 1] * blockCounts[version - 1]
    }

    /// The data with its mode, length and padding (§7.4), in blocks with their correction, interleaved (§7.6).
    private static func codewords(_ bytes: [UInt8], _ version: Int) -> [UInt8] {
        var data: [UInt8] = []
        var (bits, bitCount) = (UInt32(0), 0)
        func append(_ value: Int, _ count: Int) {
            bits = bits << UInt32(count) | UInt32(value)
            bitCount += count
            while bitCount >= 8 {
                bitCount -= 8
                data.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        append(0b0100, 4)
        append(bytes.count, version < 10 ? 8 : 16)
        for byte in bytes { append(Int(byte), 8) }
        // The mode takes four bits, so four bits of terminator end the byte.
        append(0, 4)
        let capacity = dataByteCount(version)
        var pad: UInt8 = 0xEC
        while data.count < capacity {
            data.append(pad)
            pad ^= 0xEC ^ 0x11
        }

        let blockCount = blockCounts[version - 1]
        let correctionCount = correctionBytesPerBlock[version - 1]
        let raw = rawByteCount(version)
        let shortBlocks = blockCount - raw % blockCount
        let shortLength = raw / blockCount - correctionCount
        var blocks: [ArraySlice<UInt8>] = []
        var start = 0
        for index in 0..<blockCount {
            let length = shortLength + (index < shortBlocks ? 0 : 1)
            blocks.append(data[start..<start + length])
            start += length
        }
        let corrections = blocks.map { ReedSolomon.remainder(of: $0, count: correctionCount) }
        var result: [UInt8] = []
        for column in 0...shortLength {
            for block in blocks where column < block.count { result.append(block[block.startIndex + column]) }
        }
        for column in 0..<correctionCount { for correction in corrections { result.append(correction[column]) } }
        return result
    }

    /// In pairs of columns from the right, upwards and downwards by turns (§7.7.3).
    private mutating func drawData(_ bytes: [UInt8]) {
        var index = 0
        for right in stride(from: size - 1, through: 1, by: -2) {
            let right = right <= 6 ? right - 1 : right
            for vertical in 0..<size {
                for x in [right, right - 1] {
                    let isUpward = (right + 1) & 2 == 0
                    let y = isUpward ? size - 1 - vertical : vertical
                    guard !isFunction[y * size + x], index < bytes.count * 8 else { continue }
                    modules[y * size + x] = bytes[index / 8] >> UInt8(7 - index % 8) & 1 == 1
                    index += 1
                }
            }
        }
    }
}

// MARK: Patterns

extension QRCode {
    private mutating func set(_ x: Int, _ y: Int, _ isDark: Bool) {
        modules[y * size + x] = isDark
        isFunction[y * size + x] = true
    }

    private mutating func drawFunctionPatterns() {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        let places = alignmentPlaces
        for (i, x) in places.enumerated() {
            for (j, y) in places.enumerated() {
                let isFinder =
                    (i == 0 && j == 0) || (i == 0 && j == places.count - 1) || (i == places.count - 1 && j == 0)
                if !isFinder { drawAlignment(x, y) }
            }
        }
        drawFormat(0)
        drawVersion()
    }

    private var alignmentPlaces: [Int] {
        guard version > 1 else { return [] }
        let count = version / 7 + 2
        let step = (version * 8 + count * 3 + 5) / (count * 4 - 4) * 2
        return [6] + (0..<count - 1).map { size - 7 - $0 * step }.reversed()
    }

    private mutating func drawFinder(_ x: Int, _ y: Int) {
        for dy in -4...4 {
            for dx in -4...4 {
                let distance = max(abs(dx), abs(dy))
                guard (0..<size).contains(x + dx), (0..<size).contains(y + dy) else { continue }
                set(x + dx, y + dy, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignment(_ x: Int, _ y: Int) {
        for dy in -2...2 { for dx in -2...2 { set(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) } }
    }

    /// The level and the mask, under a BCH code, twice (§7.9).
    private mutating func drawFormat(_ mask: Int) {
        // Level M is 00.
        let data = mask
        var remainder = data
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        let bits = (data << 10 | remainder) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0...5 { set(8, index, bit(index)) }
        set(8, 7, bit(6))
        set(8, 8, bit(7))
        set(7, 8, bit(8))
        for index in 9..<15 { set(14 - index, 8, bit(index)) }
        for index in 0..<8 { set(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { set(8, size - 15 + index, bit(index)) }
        set(8, size - 8, true)
    }

    /// From version 7 on, under a BCH code, twice (§7.10).
    private mutating func drawVersion() {
        guard version >= 7 else { return }
        var remainder = version
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        let bits = version << 12 | remainder
        for index in 0..<18 {
            let (a, b) = (size - 11 + index % 3, index / 3)
            set(a, b, bits >> index & 1 == 1)
            set(b, a, bits >> index & 1 == 1)
        }
    }
}

// MARK: Masks

extension QRCode {
    private mutating func apply(_ mask: Int) {
        for y in 0..<size {
            for x in 0..<size where !isFunction[y * size + x] {
                let inverts =
                    switch mask {
                    case 0: (x + y) % 2 == 0
                    case 1: y % 2 == 0
                    case 2: x % 3 == 0
                    case 3: (x + y) % 3 == 0
                    case 4: (x / 3 + y / 2) % 2 == 0
                    case 5: x * y % 2 + x * y % 3 == 0
                    case 6: (x * y % 2 + x * y % 3) % 2 == 0
                    default: ((x + y) % 2 + x * y % 3) % 2 == 0
                    }
                if inverts { modules[y * size + x].toggle() }
            }
        }
    }

    /// What makes a code hard to read (§7.8.3.1).
    private var penalty: Int {
        var penalty = 0
        let finder = [true, false, true, true, true, false, true]
        for isColumn in [false, true] {
            for a in 0..<size {
                let line = (0..<size).map { isColumn ? self[a, $0] : self[$0, a] }
                var run = 1
                for index in 1...size {
                    if index < size, line[index] == line[index - 1] {
                        run += 1
                    } else {
                        if run >= 5 { penalty += run - 2 }
                        run = 1
                    }
                }
                for start in 0...(size - 7) where Array(line[start..<start + 7]) == finder {
                    let before = line[max(0, start - 4)..<start]
                    let after = line[start + 7..<min(size, start + 11)]
                    if !before.contains(true) { penalty += 40 }
                    if !after.contains(true) { penalty += 40 }
                }
            }
        }
        for y in 0..<size - 1 {
            for x in 0..<size - 1
            where self[x, y] == self[x + 1, y] && self[x, y] == self[x, y + 1] && self[x, y] == self[x + 1, y + 1] {
                penalty += 3
            }
        }
        let dark = modules.count(where: \.self)
        let percent = dark * 100 / modules.count
        return penalty + abs(percent - 50) / 5 * 10
    }
}
