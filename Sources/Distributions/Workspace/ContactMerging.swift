import LinkToken
import Trust

extension ContactLibrary {
    /// Makes one list of several, in their order, with the embedded data of all of them.
    ///
    /// If several lists have a contact with the same ID, the first is kept. Contacts that share only an address are all
    /// kept, and counted; ``removeDuplicates(of:keeping:)`` resolves them.
    ///
    /// - Parameters:
    ///   - names: the lists to merge.
    ///   - name: the name of the new list.
    ///   - replacing: whether a list of that name may be replaced, which can be one of the merged lists.
    ///   - now: the current time.
    ///   - progress: called now and then with the number of contacts merged so far.
    /// - Throws: ``DistributionsError/exists(what:name:)``; ``DistributionsError/invalid(what:value:expected:)`` if two
    ///   lists have different people under the same ID.
    public func merge(
        _ names: [String], as name: String, replacing: Bool = false, at now: UnixTime, progress: ContactProgress? = nil
    ) throws(DistributionsError) -> (list: ContactList, report: ContactReport, inSeveral: Int) {
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try checkIsFree(name, replacing: replacing)
        var sources: [(list: ContactList, reader: StoredContactReader)] = []
        for source in names {
            guard !sources.contains(where: { $0.list.name == source }) else {
                throw .invalid(what: "contact list", value: source, expected: "each list once")
            }
            sources.append(try openList(source))
        }
        var embeddedNames: [String] = []
        for source in sources {
            for name in source.list.embeddedNames where !embeddedNames.contains(name) { embeddedNames.append(name) }
        }
        let columns = sources.map { source in source.list.embeddedNames.map { embeddedNames.firstIndex(of: $0)! } }
        var intake = ContactIntake()
        var ids = HashIndex(capacity: sources.reduce(0) { $0 + $1.list.contacts })
        var addresses: [Int] = []
        var inSeveral = 0
        var place = 0
        let none = ContactFile("")
        let list = try add(
            name, embeddedNames: embeddedNames, from: nil, replacing: replacing,
            before: sources.first { $0.list.name == name }?.list, at: now, progress: progress
        ) { () throws(DistributionsError) -> Contact? in
            while place < sources.count {
                guard var contact = try sources[place].reader.next() else {
                    place += 1
                    continue
                }
                let address = contact.email.lowercased().hashValue
                if case .present(let other) = ids.insert(contact[.contactID], UInt32(addresses.count)) {
                    guard addresses[Int(other)] == address else {
                        throw .invalid(
                            what: "contact ID", value: contact[.contactID],
                            expected:
                                "one person, and \"\(sources[place].list.name)\" has another e-mail address under it"
                                + " than a list before")
                    }
                    inSeveral += 1
                    continue
                }
                addresses.append(address)
                var values = embeddedNames.map { _ in "" }
                for (column, value) in zip(columns[place], contact.embeddedData) { values[column] = value }
                contact.embeddedData = values
                try intake.take(&contact, line: addresses.count, from: none, confirming: false)
                return contact
            }
            return nil
        }
        guard let list else { throw .emptySelection(source: names.joined(separator: ", "), .erased) }
        return (list, intake.report, inSeveral)
    }
}
