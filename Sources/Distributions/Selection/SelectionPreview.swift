import LinkToken

/// Who would get a link, before any is made.
public struct SelectionPreview: Sendable {
    /// The first who would get one, and the embedded data that contacts of the source have.
    public let first: Contact?
    public let embeddedNames: [String]
    /// How many would get one. Nil if that takes reading more contacts than were allowed.
    public let count: Int?
}

extension Workspace {
    /// Finds out who would get a link.
    ///
    /// - Parameters:
    ///   - source: the contacts.
    ///   - selection: which of them. Nothing is drawn for a sample, but its size is known.
    ///   - limit: the number of contacts that may be counted.
    ///   - now: the time that statuses refer to.
    /// - Throws: ``DistributionsError`` as generating does, except that whoever can't be found is only missed if all contacts
    ///   were read.
    public func preview(
        of source: ContactSource, _ selection: ContactSelection, countingUpTo limit: Int, at now: UnixTime
    ) throws(DistributionsError) -> SelectionPreview {
        var everyone = selection
        everyone.sample = nil
        var contacts = try SelectedContacts(source, everyone, in: self, at: now)
        let first = try contacts.next()
        var count = contacts.count
        if count == nil, first != nil {
            var counted = 1
            while counted <= limit, try contacts.next() != nil { counted += 1 }
            if counted <= limit { count = counted }
        }
        return SelectionPreview(
            first: first, embeddedNames: contacts.embeddedNames,
            count: first == nil ? 0 : count.map { selection.sample?.count(of: $0) ?? $0 })
    }
}
