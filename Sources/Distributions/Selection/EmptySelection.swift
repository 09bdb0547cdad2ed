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
            "a sample of \(size) of \(total) contact\(total == 1 ? "" : "s") is rounded to nobody"
        case .conditions(let total):
            total == 1 ? "its only contact is not selected" : "none of its \(total) contacts is selected"
        case .optedOut(let count):
            count == 1 ? "its only contact has opted out" : "all of its \(count) contacts have opted out"
        case .erased: "it has no contacts any more"
        case .onlyContact: "it is the only contact of the list"
        }
    }
}
