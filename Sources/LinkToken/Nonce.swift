/// The place of one link: its row in its distribution.
///
/// A nonce in linkseal is a place and not a number. Because serials are dense, "consumed" is a word in an array,
/// a count is a sum, and nothing random has to be stored to keep a link from being used twice.
public struct Nonce: Hashable, Sendable {
    /// The distribution that the link was minted in.
    public let distribution: DistributionID
    /// The link's 0-based row in that distribution.
    public let serial: Serial

    public init(distribution: DistributionID, serial: Serial) {
        self.distribution = distribution
        self.serial = serial
    }
}

extension Nonce: CustomStringConvertible {
    /// `distribution/serial`, as logs print it. It opens nothing: only a signed token does.
    public var description: String { "\(distribution)/\(serial)" }
}

/// The 0-based row of a link in its distribution.
public struct Serial: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The first of the last 256 numbers, which belong to no contact: their links are for testing.
    public static let firstForTesting = Serial(rawValue: 0xFFFF_FF00)

    /// Whether links of this serial are for testing. They can be started any number of times and are counted nowhere.
    public var isForTesting: Bool { self >= Self.firstForTesting }

    public static func < (lhs: Serial, rhs: Serial) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension Serial: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
