/// What has changed in a list that was fetched again.
public struct ContactListRefresh: Hashable, Sendable {
    public let list: ContactList
    public let report: ContactReport
    /// External data references of contacts that were not in the list before.
    public let added: [String]
    /// External data references of contacts that are not in the list any more.
    public let removed: [String]
}
