/// How many contacts a random sample has.
public enum SampleSize: Hashable, Sendable {
    case count(Int)
    /// Of the contacts that can be drawn, rounded to the nearest whole contact, a half upwards; more than 0, at most
    /// 100. In millionths, so that it compares exactly.
    case millionths(Int)

    /// `250` or `5%`, `2.5%`.
    public init(_ text: String) throws(DistributionsError) {
        let refusal = DistributionsError.invalid(
            what: "sample", value: text, expected: "a number of contacts such as 250, or a share such as 5%")
        if text.hasSuffix("%") {
            let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let fraction = parts.count == 2 ? parts[1] : ""
            guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !fraction.isEmpty, fraction.count <= 4,
                (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber }), whole.count <= 3,
                let value = Int(whole + fraction + String(repeating: "0", count: 4 - fraction.count)),
                (1...1_000_000).contains(value)
            else { throw refusal }
            self = .millionths(value)
        } else {
            guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text), count > 0 else {
                throw refusal
            }
            self = .count(count)
        }
    }

    /// The number of contacts out of so many.
    public func count(of total: Int) -> Int {
        switch self {
        case .count(let count): min(count, total)
        case .millionths(let share): Int((UInt64(total) * UInt64(share) + 500_000) / 1_000_000)
        }
    }
}

extension SampleSize: CustomStringConvertible {
    /// As it is read: `250` or `2.5%`.
    public var description: String {
        switch self {
        case .count(let count): return String(count)
        case .millionths(let share):
            var fraction = String(share % 10_000 + 10_000).dropFirst()
            while fraction.last == "0" { fraction.removeLast() }
            return "\(share / 10_000)\(fraction.isEmpty ? "" : ".")\(fraction)%"
        }
    }
}

/// Decides for one element after the other whether it belongs to a random sample of a known number out of a known
/// total: uniform, without repeats, in order, in constant memory (Knuth, TAOCP volume 2, section 3.4.2, algorithm S).
public struct SelectionSampling: Sendable {
    private var remaining: UInt64
    private var wanted: UInt64
    private var generator: SplitMix64

    public init(_ count: Int, of total: Int, seed: UInt64) {
        wanted = UInt64(min(count, total))
        remaining = UInt64(total)
        generator = SplitMix64(seed: seed)
    }

    /// Asked once for each element in order.
    public mutating func takesNext() -> Bool {
        guard wanted > 0 else { return false }
        defer { remaining -= 1 }
        guard generator.next(below: remaining) < wanted else { return false }
        wanted -= 1
        return true
    }
}
