import LinkToken

/// The contacts of a distribution in any order, by their serials: eight bytes a contact in memory.
final class ContactRows {
    let distribution: Distribution
    private let path: String
    private let file: InputFile
    /// Where the row of each serial begins.
    private var offsets: [Int] = []
    private lazy var byID = indexByID()

    init(of distribution: Distribution, in library: DistributionLibrary) throws(DistributionsError) {
        self.distribution = distribution
        path = library.contactsPath(of: distribution.id)
        file = try InputFile(path)
        offsets.reserveCapacity(distribution.contacts)
        var reader = try CSVReader(path, separator: .comma)
        var row = CSVRow()
        _ = try reader.read(into: &row)
        var offset = reader.offset
        while try reader.read(into: &row) {
            offsets.append(offset)
            offset = reader.offset
        }
    }

    /// Nil beyond the last row, and for an erased contact.
    func contact(_ serial: Serial) throws(DistributionsError) -> Contact? {
        let index = Int(serial.rawValue)
        guard index < offsets.count else { return nil }
        try file.seek(to: offsets[index])
        var reader = try CSVReader(TextSource(file, chunkSize: 4096, encoding: .utf8), separator: .comma)
        var row = CSVRow()
        guard try reader.read(into: &row),
            row.count == ContactField.allCases.count + distribution.embeddedNames.count,
            let stored = try? StoredContactReader.Row(row)
        else { throw .damaged(path: path, reason: "the row of link \(serial) can't be read") }
        return stored.contact
    }

    /// The contact of that ID and its serial.
    func contact(withID id: String) throws(DistributionsError) -> (Contact, Serial)? {
        guard let number = try byID.get().number(of: id) else { return nil }
        let serial = Serial(rawValue: number)
        guard let contact = try contact(serial), contact[.contactID] == id else { return nil }
        return (contact, serial)
    }

    private func indexByID() -> Result<HashIndex, DistributionsError> {
        Result { () throws(DistributionsError) in
            var index = HashIndex(capacity: offsets.count)
            var reader = try StoredContactReader(path)
            while let contact = try reader.next() { _ = index.insert(contact[.contactID], reader.serial.rawValue) }
            return index
        }
    }
}
