import LinkToken

/// The contacts of a list that is being replaced. It gives those that come again the ID that they had, so that
/// conditions such as "has no link yet" still hold.
///
/// A contact comes again when its row has its ID; else when it has its external data reference; else when it has its
/// e-mail address, in any case. An ID in the file always wins. An address that more than one contact has, in the list or
/// in the file, counts only together with both names, and after it a reference that more than one has. Contacts that are
/// alike in all of that are matched in their order.
///
/// Texts are kept as hashes (``HashIndex``), but for the IDs. A list of a million contacts takes some 90 MiB.
struct KnownContacts {
    private(set) var changes = ContactChanges()

    private var ids = IDTexts()
    private var contents: [UInt64] = []
    private var marks: [Marks] = []
    private var byID = HashIndex()
    private var byReference: HashIndex
    private var byEmail: HashIndex
    private var namesakes = HashIndex()
    private var chains: [Chain] = []
    private var followers: [Link: UInt32] = [:]
    private let names: FieldNames

    /// All IDs one after the other, and where each ends.
    private struct IDTexts {
        var bytes: [UInt8] = []
        var ends: [Int] = []

        mutating func append(_ id: ContactID) {
            bytes += id.text.utf8
            ends.append(bytes.count)
        }

        subscript(number: Int) -> ContactID? {
            try? ContactID(
                String(decoding: bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]], as: UTF8.self))
        }
    }

    private struct Marks: OptionSet {
        var rawValue: UInt8
        /// Its ID is taken.
        static let claimed = Marks(rawValue: 1)
        /// The file has its reference, which is nobody else's: an address says nothing then.
        static let referenced = Marks(rawValue: 2)
        /// The file has its address: a reference that it shares with others says nothing then.
        static let addressed = Marks(rawValue: 64)
        // These are at the first contact that has the reference or the address.
        static let referenceSeen = Marks(rawValue: 4)
        static let referenceShared = Marks(rawValue: 8)
        static let emailSeen = Marks(rawValue: 16)
        static let emailShared = Marks(rawValue: 32)
    }

    /// Contacts that are alike, in their order.
    private struct Chain {
        var head: UInt32?
        var tail: UInt32
    }

    /// A contact's place in a chain. By its reference and by its address it can be in two.
    private struct Link: Hashable {
        let chain: UInt32
        let number: UInt32
    }

    /// - Parameters:
    ///   - list: the contacts of the list, twice.
    ///   - count: how many they are.
    ///   - file: the rows of the file that replaces them.
    /// - Throws: what is wrong with the file; ``DistributionsError/cancelled``.
    init(
        _ list: (StoredContactReader, StoredContactReader), count: Int, replacedBy file: ContactReader
    ) throws(DistributionsError) {
        var (first, second, file) = (list.0, list.1, file)
        names = FieldNames(file.columns.embeddedNames)
        byReference = HashIndex(capacity: file.columns.fields[.externalDataReference] == nil ? 0 : count)
        byEmail = HashIndex(capacity: file.columns.fields[.email] == nil ? 0 : count)
        let oldNames = FieldNames(first.embeddedNames)
        while let contact = try first.next(), let id = contact.id {
            if marks.count.isMultiple(of: 4096), Task.isCancelled { throw .cancelled }
            let number = UInt32(marks.count)
            marks.append([])
            ids.append(id)
            contents.append(oldNames.hash(of: contact))
            if file.columns.fields[.contactID] != nil { _ = byID.insert(id.text, number) }
            if let reference = contact.referenceKey, file.columns.fields[.externalDataReference] != nil,
                case .present(let first) = byReference.insert(reference, number)
            {
                marks[Int(first)].insert(.referenceShared)
            }
            if let email = contact.emailKey, file.columns.fields[.email] != nil,
                case .present(let first) = byEmail.insertAddress(email, number)
            {
                marks[Int(first)].insert(.emailShared)
            }
        }
        while let entry = try file.next() {
            if entry.line.isMultiple(of: 4096), Task.isCancelled { throw .cancelled }
            let contact = entry.contact
            if let id = contact.id, let number = byID.number(of: id.text) { marks[Int(number)].insert(.claimed) }
            if let first = contact.referenceKey.flatMap(byReference.number(of:)) {
                marks[Int(first)].insert(
                    marks[Int(first)].contains(.referenceSeen) ? .referenceShared : .referenceSeen)
            }
            if let first = contact.emailKey.flatMap(byEmail.number(ofAddress:)) {
                marks[Int(first)].insert(marks[Int(first)].contains(.emailSeen) ? .emailShared : .emailSeen)
            }
        }
        var number: UInt32 = 0
        while let contact = try second.next() {
            defer { number += 1 }
            if let reference = contact.referenceKey, let first = byReference.number(of: reference) {
                let found = marks[Int(first)]
                if found.contains(.referenceShared) {
                    chain(number, under: contact.namesakeKey(reference, .externalDataReference))
                } else if found.contains(.referenceSeen) {
                    marks[Int(number)].insert(.referenced)
                }
            }
            if let email = contact.emailKey, let first = byEmail.number(ofAddress: email) {
                let found = marks[Int(first)]
                if found.contains(.emailSeen) { marks[Int(number)].insert(.addressed) }
                if found.contains(.emailShared) {
                    chain(number, under: contact.namesakeKey(email.lowercased(), .email))
                }
            }
        }
        changes.removed = marks.count
    }

    private mutating func chain(_ number: UInt32, under key: String) {
        switch namesakes.insert(key, UInt32(chains.count)) {
        case .new: chains.append(Chain(head: number, tail: number))
        case .present(let index):
            followers[Link(chain: index, number: chains[Int(index)].tail)] = number
            chains[Int(index)].tail = number
        }
    }

    /// Gives a contact of the file that has no ID the one that it had.
    ///
    /// - Returns: whether the contact was in the list.
    mutating func recognize(_ contact: inout Contact) -> Bool {
        let found = if let id = contact.id { byID.number(of: id.text) } else { find(contact) }
        guard let number = found else {
            changes.added += 1
            return false
        }
        marks[Int(number)].insert(.claimed)
        if contact.id == nil { contact.id = ids[Int(number)] }
        changes.kept += 1
        changes.removed -= 1
        if names.hash(of: contact) != contents[Int(number)] { changes.changed += 1 }
        return true
    }

    /// Whether the contact of the list is in the file; asked when all of the file has been recognized.
    func isKept(_ number: Int) -> Bool { marks[number].contains(.claimed) }

    private mutating func find(_ contact: Contact) -> UInt32? {
        let reference = contact.referenceKey.flatMap(byReference.number(of:))
        let isReferenceShared = reference.map { marks[Int($0)].contains(.referenceShared) } ?? false
        if let reference, !isReferenceShared, !marks[Int(reference)].contains(.claimed) { return reference }
        if let key = contact.emailKey, let email = byEmail.number(ofAddress: key) {
            if marks[Int(email)].contains(.emailShared) {
                let namesake = contact.namesakeKey(key.lowercased(), .email)
                if let number = nextNamesake(namesake, without: [.claimed, .referenced]) { return number }
            } else if marks[Int(email)].isDisjoint(with: [.claimed, .referenced]) {
                return email
            }
        }
        guard isReferenceShared, let key = contact.referenceKey else { return nil }
        return nextNamesake(
            contact.namesakeKey(key, .externalDataReference), without: [.claimed, .addressed])
    }

    private mutating func nextNamesake(_ key: String, without marked: Marks) -> UInt32? {
        guard let index = namesakes.number(of: key) else { return nil }
        while let head = chains[Int(index)].head {
            chains[Int(index)].head = followers[Link(chain: index, number: head)]
            if marks[Int(head)].isDisjoint(with: marked) { return head }
        }
        return nil
    }
}

/// What replacing a list did to its contacts.
public struct ContactChanges: Hashable, Sendable, Codable {
    /// Contacts that were not in the list before.
    public var added = 0
    /// Contacts that were in the list before, and keep their ID.
    public var kept = 0
    /// Those of the kept contacts about whom the list says something else now.
    public var changed = 0
    /// Contacts that are not in the list any more.
    public var removed = 0

    public init() {}
}

/// The names of a list's embedded data, in an order that does not depend on that of the columns.
private struct FieldNames {
    private let sorted: [(name: String, column: Int)]

    init(_ names: [String]) {
        sorted = names.enumerated().map { ($0.element, $0.offset) }.sorted { $0.name < $1.name }
    }

    /// Of all that is said of a contact but its ID. Columns that are empty say nothing.
    func hash(of contact: Contact) -> UInt64 {
        var hasher = Hasher()
        for field in ContactField.allCases where field != .contactID { hasher.combine(contact[field]) }
        for (name, column) in sorted where !contact.embeddedData[column].isEmpty {
            hasher.combine(name)
            hasher.combine(contact.embeddedData[column])
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

extension Contact {
    fileprivate var referenceKey: String? { externalDataReference.isEmpty ? nil : externalDataReference }

    /// The address of placeholders is nobody's.
    var emailKey: String? { email.isEmpty || email == ContactLibrary.dummyEmail ? nil : email }

    fileprivate func namesakeKey(_ key: String, _ field: ContactField) -> String {
        "\(field.rawValue)\0\(key)\0\(firstName)\0\(lastName)"
    }
}
