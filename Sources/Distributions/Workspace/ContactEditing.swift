import LinkToken
import Trust

/// Changes to single contacts of a list. The list is written anew and put in place in one step, as by an import; when
/// somebody else changed it meanwhile, nothing is changed, and it is ``DistributionsError/busy``.
extension ContactLibrary {
    /// A contact that was added or changed, and how many others of the list have its e-mail address.
    public typealias EditedContact = (contact: Contact, sharingEmail: Int)

    /// Adds a contact at the end of a list, with a new ID where the edit has none.
    ///
    /// - Throws: ``DistributionsError/notFound(what:name:)`` for the list; ``DistributionsError/exists(what:name:)`` for a
    ///   contact ID of the list; ``DistributionsError/invalid(what:value:expected:)``.
    public func addContact(_ edit: ContactEdit, to name: String) throws(DistributionsError) -> EditedContact {
        let list = try list(named: name)
        var added = Contact(embeddedData: list.embeddedNames.map { _ in "" })
        try edit.apply(to: &added, of: list)
        if added.id == nil {
            var generator = SystemRandomNumberGenerator()
            added.id = ContactID.made(using: &generator)
        }
        let contact = added
        var sharing = 0
        var isWaiting = true
        try rewrite(list) { (contacts) throws(DistributionsError) in
            if let other = try contacts.next() {
                if other.id == contact.id { throw .exists(what: "contact", name: contact[.contactID]) }
                if other.sharesEmail(with: contact) { sharing += 1 }
                return other
            }
            defer { isWaiting = false }
            return isWaiting ? contact : nil
        }
        return (contact, sharing)
    }

    /// Changes a contact of a list. Its ID and the links that were already minted stay the same.
    ///
    /// - Parameters:
    ///   - key: the contact's ID, or its e-mail address if no other contact of the list has it.
    ///   - name: the name of the list.
    ///   - edit: the changes.
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)``; ``DistributionsError/invalid(what:value:expected:)``.
    public func changeContact(
        _ key: String, of name: String, _ edit: ContactEdit
    ) throws(DistributionsError) -> EditedContact {
        let list = try list(named: name)
        var changed = try contact(called: key, of: list)
        let before = changed
        try edit.apply(to: &changed, of: list)
        let after = changed
        guard after.id == before.id else {
            throw .invalid(what: "contact ID", value: after[.contactID], expected: "none, since a contact keeps its ID")
        }
        var sharing = 0
        try rewrite(list) { (contacts) throws(DistributionsError) in
            guard let contact = try contacts.next() else { return nil }
            if contact.id == after.id { return after }
            if contact.sharesEmail(with: after) { sharing += 1 }
            return contact
        }
        return (after, sharing)
    }

    /// Removes a contact from a list. Links that were already minted for it stay as they are.
    ///
    /// - Parameters:
    ///   - key: the contact's ID, or its e-mail address if no other contact of the list has it.
    ///   - name: the name of the list.
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)``; ``DistributionsError/emptySelection(source:_:)`` for
    ///   the only contact of the list.
    public func removeContact(_ key: String, from name: String) throws(DistributionsError) -> Contact {
        let list = try list(named: name)
        let removed = try contact(called: key, of: list)
        try remove(Set([removed.id!]), from: list)
        return removed
    }

    /// Removes contacts from a list, by their IDs. Links that were already minted for them stay as they are.
    ///
    /// - Returns: how many were in the list.
    /// - Throws: ``DistributionsError/emptySelection(source:_:)`` if no contact would be left.
    public func removeContacts(_ ids: Set<ContactID>, from name: String) throws(DistributionsError) -> Int {
        let list = try list(named: name)
        return list.contacts - (try remove(ids, from: list)).contacts
    }

    @discardableResult
    private func remove(_ ids: Set<ContactID>, from list: ContactList) throws(DistributionsError) -> ContactList {
        try rewrite(list) { (contacts) throws(DistributionsError) in
            while let contact = try contacts.next() {
                if !ids.contains(contact.id!) { return contact }
            }
            return nil
        }
    }

    /// The contact that a person means.
    ///
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)``; ``DistributionsError/invalid(what:value:expected:)``
    ///   for an address that several have.
    public func contact(called key: String, of list: ContactList) throws(DistributionsError) -> Contact {
        var called: [Contact] = []
        var isByID = false
        try forEachContact(of: list) { (contact) throws(DistributionsError) in
            if contact.isCalled(key), called.count < 20 { called.append(contact) }
            if contact.id?.text == key {
                called = [contact]
                isByID = true
            }
            return !isByID
        }
        guard let first = called.first else { throw .contactsNotFound([key], source: list.name) }
        guard called.count == 1 else {
            throw .invalid(
                what: "contact", value: key,
                expected: "the ID of one of them: " + called.map { $0[.contactID] }.joined(separator: ", "))
        }
        return first
    }
}

extension Contact {
    /// What finds the same person in other lists: the e-mail address, unless it is the one of all placeholders, or the ID.
    public var personKey: String { emailKey == nil ? self[.contactID] : email }

    fileprivate func sharesEmail(with other: Contact) -> Bool {
        emailKey != nil && email.lowercased() == other.email.lowercased()
    }
}
