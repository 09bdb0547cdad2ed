/// What a user may do. Each role may do what those before it may.
public enum Role: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Looks at distributions and their numbers, and at nothing that tells about a person.
    case viewer
    /// Works with contacts, links and distributions.
    case editor
    /// Also manages keys, sees the audit trail, and ends sessions.
    case admin

    public static func < (a: Role, b: Role) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}
