import LinkToken

/// Reads the contacts of a distribution in the order of their serials, from all parts.
///
/// What it reads is as the manifest said, whatever others change meanwhile: contacts that were added since are beyond its
/// end.
struct RecipientReader {
    private let distribution: Distribution
    /// Those to be read next, the last one first.
    private var parts: [OpenPart]
    private let directory: String
    private var reader: StoredContactReader
    private var columns: EmbeddedColumns
    /// The end of the part that is being read.
    private var partEnd: Int
    private var place: Int

    /// - Parameter start: the first serial that is read.
    init(
        of distribution: Distribution, in library: DistributionLibrary, from start: Int = 0
    ) throws(DistributionsError) {
        self.distribution = distribution
        directory = library.path(of: distribution.id)
        parts = try library.openParts(of: distribution).filter { $0.serials.upperBound > start }.reversed()
        guard let first = parts.popLast() else {
            throw .damaged(path: directory, reason: "it has no contact \(start)")
        }
        reader = try StoredContactReader(first.file)
        columns = EmbeddedColumns(from: reader.embeddedNames, to: distribution.embeddedNames)
        partEnd = first.serials.upperBound
        place = max(start, first.serials.lowerBound)
        try reader.skip(place - first.serials.lowerBound)
    }

    /// The place of the row that was read last.
    var serial: Serial { Serial(rawValue: UInt32(place - 1)) }

    /// The next contact. Erased ones are passed over.
    mutating func next() throws(DistributionsError) -> Contact? {
        while let row = try nextRow() {
            if case .contact(let contact) = row { return contact }
        }
        return nil
    }

    /// The next contact that a search finds, of those at wanted places. No contact is made of the others' rows.
    mutating func next(
        finding search: RowFilter, where isWanted: (Serial) -> Bool
    ) throws(DistributionsError) -> Contact? {
        while try openPart() {
            place += 1
            let isWanted = isWanted(serial)
            guard let isFound = try reader.nextRow(finding: isWanted ? search : .everybody) else {
                throw shortage(at: place - 1)
            }
            guard isWanted, isFound, var contact = try reader.lastContact() else { continue }
            columns.arrange(&contact)
            return contact
        }
        return nil
    }

    mutating func nextRow() throws(DistributionsError) -> StoredContactReader.Row? {
        guard try openPart() else { return nil }
        guard let row = try reader.nextRow() else { throw shortage(at: place) }
        place += 1
        guard case .contact(var contact) = row else { return row }
        columns.arrange(&contact)
        return .contact(contact)
    }

    /// Opens the part of the next place, where another one ends there. False at the end of the last.
    private mutating func openPart() throws(DistributionsError) -> Bool {
        guard place < distribution.contacts else { return false }
        if place == partEnd, let part = parts.popLast() {
            reader = try StoredContactReader(part.file)
            columns = EmbeddedColumns(from: reader.embeddedNames, to: distribution.embeddedNames)
            partEnd = part.serials.upperBound
        }
        return true
    }

    private func shortage(at place: Int) -> DistributionsError {
        .damaged(
            path: reader.path,
            reason: "it ends before contact \(place), and the manifest says \(distribution.contacts) contacts")
    }
}
