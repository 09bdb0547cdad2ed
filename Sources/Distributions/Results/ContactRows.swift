import LinkToken

/// The contacts of a distribution in any order, by their serials: eight bytes a contact in memory.
final class ContactRows {
    let distribution: Distribution
    private let library: DistributionLibrary
    private var parts: [Part] = []
    /// Where the row of each serial begins in its part.
    private var offsets: [Int] = []
    private lazy var byID = indexByID()

    private struct Part {
        let serials: Range<Int>
        let file: InputFile
        let columnCount: Int
        let embeddedData: EmbeddedColumns
    }

    init(of distribution: Distribution, in library: DistributionLibrary) throws(DistributionsError) {
        self.distribution = distribution
        self.library = library
        offsets.reserveCapacity(distribution.contacts)
        for part in try library.openParts(of: distribution) {
            var reader = try CSVReader(TextSource(part.file), separator: .comma)
            var row = CSVRow()
            _ = try reader.read(into: &row)
            let names = Array(row.cells.dropFirst(ContactField.allCases.count))
            parts.append(
                Part(
                    serials: part.serials, file: part.file, columnCount: row.count,
                    embeddedData: EmbeddedColumns(from: names, to: distribution.embeddedNames)))
            var offset = reader.offset
            while try reader.read(into: &row) {
                offsets.append(offset)
                offset = reader.offset
            }
            guard offsets.count == part.serials.upperBound else {
                throw .damaged(path: part.file.path, reason: "it does not have the contacts \(part.serials)")
            }
        }
    }

    /// Nil beyond the last row, and for an erased contact.
    func contact(_ serial: Serial) throws(DistributionsError) -> Contact? {
        let place = Int(serial.rawValue)
        guard place < distribution.contacts, let part = parts.first(where: { $0.serials.contains(place) }) else {
            return nil
        }
        try part.file.seek(to: offsets[place])
        var reader = try CSVReader(TextSource(part.file, chunkSize: 4096, encoding: .utf8), separator: .comma)
        var row = CSVRow()
        guard try reader.read(into: &row), row.count == part.columnCount, let stored = try? StoredContactReader.Row(row)
        else { throw .damaged(path: part.file.path, reason: "the row of link \(serial) can't be read") }
        guard var contact = stored.contact else { return nil }
        part.embeddedData.arrange(&contact)
        return contact
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
            var reader = try RecipientReader(of: distribution, in: library)
            while let contact = try reader.next() { _ = index.insert(contact[.contactID], reader.serial.rawValue) }
            return index
        }
    }
}
