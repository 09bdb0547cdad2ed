import Glibc

/// A number in decimal digits, rounded as spreadsheet programs round: half away from zero, from the 15 digits that they
/// keep of a number.
struct DecimalDigits {
    let text: String

    /// - Parameters:
    ///   - number: not negative.
    ///   - decimals: the digits behind the point.
    init(_ number: Double, decimals: Int) {
        let (digits, exponent) = Self.significant(number)
        // The digits as a whole number with so many places behind the point.
        let kept = exponent + 1 + decimals
        var whole = kept < 0 ? [] : Array(digits.prefix(kept))
        whole += Array(repeating: 0, count: max(0, kept - whole.count))
        if kept >= 0, kept < digits.count, digits[kept] >= 5 { Self.increment(&whole) }
        whole = Array(repeating: 0, count: max(0, decimals + 1 - whole.count)) + whole
        while whole.count > decimals + 1, whole[0] == 0 { whole.removeFirst() }
        let characters = whole.map { Character(String($0)) }
        let point = characters.count - decimals
        text = String(characters[..<point]) + (decimals > 0 ? "." + String(characters[point...]) : "")
    }

    /// The nearest number of 15 digits, which is what a spreadsheet shows where no format says otherwise.
    static func rounded(_ number: Double) -> Double {
        Double(printed(number)) ?? number
    }

    private static func increment(_ digits: inout [Int]) {
        var index = digits.count - 1
        while index >= 0, digits[index] == 9 {
            digits[index] = 0
            index -= 1
        }
        if index >= 0 { digits[index] += 1 } else { digits.insert(1, at: 0) }
    }

    /// 15 digits, and the power of ten of the first.
    private static func significant(_ number: Double) -> (digits: [Int], exponent: Int) {
        let parts = printed(number).split(separator: "e")
        return (parts[0].compactMap(\.wholeNumberValue), Int(parts[1]) ?? 0)
    }

    /// As `1.23450000000000e+03`.
    private static func printed(_ number: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        let count = withVaList([number]) { vsnprintf(&buffer, buffer.count, "%.14e", $0) }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
