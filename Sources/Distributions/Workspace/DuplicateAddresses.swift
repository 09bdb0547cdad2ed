/// Contacts of a list that share an e-mail address, in any case. Placeholders share theirs with nobody.
public struct DuplicateAddresses: Sendable {
    /// Addresses that more than one contact has.
    public fileprivate(set) var addresses = 0
    /// Contacts that have such an address.
    public fileprivate(set) var contacts = 0
    /// The contacts of the first such addresses, address by address, each in the list's order.
    public fileprivate(set) var first: [[Contact]] = []
}

extension ContactLibrary {
    /// Which contact of those that share an address is kept.
    public enum KeptDuplicate: String, Hashable, Sendable, CaseIterable {
        case first, last
    }

    /// Finds contacts of a list that share an e-mail address. It counts all of them, and reports the contacts of at most
    /// `limit` addresses.
    public func duplicateAddresses(
        of name: String, limit: Int = 20
    ) throws(DistributionsError) -> DuplicateAddresses {
        let list = try list(named: name)
        let index = try AddressIndex(of: list, in: self)
        var found = DuplicateAddresses()
        var places: [UInt32: Int] = [:]
        try forEachContact(of: list) { (contact) throws(DistributionsError) in
            guard let first = index.sharedAddress(of: contact) else { return true }
            found.contacts += 1
            let place = places[first] ?? places.count
            places[first] = place
            if place == found.first.count, place < limit { found.first.append([]) }
            if place < found.first.count { found.first[place].append(contact) }
            return true
        }
        found.addresses = places.count
        return found
    }

    /// Removes all but one of the contacts that share an e-mail address. Links that were made for them stay as they are.
    ///
    /// - Returns: the list, and how many contacts were removed.
    public func removeDuplicates(
        of name: String, keeping kept: KeptDuplicate
    ) throws(DistributionsError) -> (list: ContactList, removed: Int) {
        let before = try list(named: name)
        let index = try AddressIndex(of: before, in: self)
        // Two addresses with the same hash are two addresses.
        var texts: [UInt32: String] = [:]
        var number: UInt32 = 0
        let list = try rewrite(before) { (contacts) throws(DistributionsError) in
            while let contact = try contacts.next() {
                defer { number += 1 }
                guard let first = index.sharedAddress(of: contact) else { return contact }
                let address = contact.email.lowercased()
                if texts[first] == nil { texts[first] = address }
                guard texts[first] == address, number != (kept == .first ? first : index.last[first]) else {
                    return contact
                }
            }
            return nil
        }
        return (list, before.contacts - list.contacts)
    }
}

/// Which contacts share an e-mail address.
private struct AddressIndex {
    private var first: HashIndex
    /// The last contact of an address, by the first one.
    private(set) var last: [UInt32: UInt32] = [:]

    init(of list: ContactList, in library: ContactLibrary) throws(DistributionsError) {
        first = HashIndex(capacity: list.contacts)
        var number: UInt32 = 0
        try library.forEachContact(of: list) { (contact) throws(DistributionsError) in
            defer { number += 1 }
            if let email = contact.emailKey, case .present(let other) = first.insertAddress(email, number) {
                last[other] = number
            }
            return true
        }
    }

    /// The first contact with the contact's address, where there are more.
    func sharedAddress(of contact: Contact) -> UInt32? {
        guard let email = contact.emailKey, let number = first.number(ofAddress: email) else { return nil }
        return last[number] == nil ? nil : number
    }
}
