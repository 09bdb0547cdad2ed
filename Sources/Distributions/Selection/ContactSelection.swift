import Consumption
import LinkToken

/// Which contacts of a source get links. Each condition narrows the others.
public struct ContactSelection: Hashable, Sendable {
    /// Only these, by contact ID or e-mail address; all when empty.
    public var contacts: [String] = []
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
        return notIn.isEmpty && statuses.isEmpty ? .list : .filtered
    }
}

/// Where contacts are taken from.
public enum ContactSource: Hashable, Sendable {
    case file(ContactFile)
    /// A list of the library, by name.
    case list(String)
    /// So many placeholders, for respondents who aren't known yet.
    case dummies(Int)
    /// The contacts of another distribution, with what is known of their links.
    case distribution(DistributionID, DistributionHistory?)
}
