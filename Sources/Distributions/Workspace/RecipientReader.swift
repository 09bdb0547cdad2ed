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
        place = first.serials.lowerBound
        partEnd = first.serials.upperBound
        while place < start { _ = try nextRow() }
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

    mutating func nextRow() throws(DistributionsError) -> StoredContactReader.Row? {
        guard place < distribution.contacts else { return nil }
        if place == partEnd, let part = parts.popLast() {
            reader = try StoredContactReader(part.file)
            columns = EmbeddedColumns(from: reader.embeddedNames, to: distribution.embeddedNames)
            partEnd = part.serials.upperBound
        }
        guard let row = try reader.nextRow() else {
            throw .damaged(
                path: reader.path,
                reason: "it ends before contact \(place), and the manifest says \(distribution.contacts) contacts")
        }
        place += 1
        guard case .contact(var contact) = row else { return row }
        columns.arrange(&contact)
        return .contact(contact)
    }
}
