/// What has changed in a list that was fetched again.
public struct ContactListRefresh: Hashable, Sendable {
    public let list: ContactList
    public let report: ContactReport
    /// External data references of contacts that were not in the list before.
    public let added: [String]
    /// External data references of contacts that are not in the list any more.
    public let removed: [String]
}

/// The contact IDs that a list has given away, by the references that the service knows its people by.
struct KnownContacts {
    private var ids: [String: String] = [:]
    private(set) var added: [String] = []

    /// The first one counts of contacts that share a reference.
    mutating func insert(_ contact: Contact) {
        guard !contact.externalDataReference.isEmpty, ids[contact.externalDataReference] == nil else { return }
        ids[contact.externalDataReference] = contact.id
    }

    /// Gives a contact that was there before the ID that it had.
    mutating func recognize(_ contact: inout Contact) {
        if let id = ids.removeValue(forKey: contact.externalDataReference) {
            contact.id = id
        } else {
            added.append(contact.externalDataReference)
        }
    }

    /// The references that nobody asked for.
    var removed: [String] { ids.keys.sorted() }
}
