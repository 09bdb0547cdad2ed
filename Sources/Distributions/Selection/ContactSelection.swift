import Consumption
import Encoding
import LinkToken

/// Which contacts of a source get links. Each condition narrows the others.
public struct ContactSelection: Hashable, Sendable {
    /// Only these, by contact ID or e-mail address; all when empty.
    public var contacts: [String] = []
    /// Only those whose fields have these values.
    public var conditions: [FieldCondition] = []
    /// Only a random sample of those that the other conditions leave.
    public var sample: SampleSize?
    /// Repeats a sample; drawn when nil.
    public var seed: UInt64?
    /// None that has a link of one of these distributions.
    public var notIn: [DistributionID] = []
    /// Only those whose link of the source has one of these statuses; the source is a distribution then.
    public var statuses: Set<LinkStatus> = []

    public static let all = ContactSelection()

    public init() {}

    var kind: ContactOrigin.Selection {
        if sample != nil { return .sample }
        if !contacts.isEmpty { return .individual }
        return notIn.isEmpty && statuses.isEmpty && conditions.isEmpty ? .list : .filtered
    }
}

/// Where contacts are taken from.
public enum ContactSource: Hashable, Sendable {
    case file(ContactFile)
    /// A list of the library, by name.
    case list(String)
    /// This many placeholders, for respondents you don't know yet.
    case dummies(Int)
    /// The contacts of another distribution, with what is known of their links.
    case distribution(DistributionID, DistributionHistory?)
}

/// Why no contact of a source is left.
public enum EmptySelection: Hashable, Sendable {
    /// The sample is rounded to nobody.
    case sample(SampleSize, of: Int)
    /// The conditions leave none of so many.
    case conditions(of: Int)
    /// All of so many have opted out, and these were to be left out.
    case optedOut(Int)
    /// The source had contacts once.
    case erased
    /// The only contact of a list would be removed.
    case onlyContact
}

extension EmptySelection: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sample(let size, let total):
            "a sample of \(size) of \(counted(total, "contact", "contacts")) is rounded to nobody"
        case .conditions(let total):
            total == 1 ? "its only contact is not selected" : "none of its \(total) contacts is selected"
        case .optedOut(let count):
            count == 1 ? "its only contact has opted out" : "all of its \(count) contacts have opted out"
        case .erased: "it has no contacts any more"
        case .onlyContact: "it is the only contact of the list"
        }
    }
}

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

/// The generator of repeatable samples: SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", OOPSLA 2014). Written out here so that a seed means the same sample in every version of linkseal.
///
/// Nothing secret comes from it.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A uniformly distributed number below the bound, which is not zero: numbers above the last whole multiple of the
    /// bound are drawn again.
    mutating func next(below bound: UInt64) -> UInt64 {
        let rest = (UInt64.max % bound + 1) % bound
        while true {
            let number = next()
            if number <= UInt64.max - rest { return number % bound }
        }
    }
}
