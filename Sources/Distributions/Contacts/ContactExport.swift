/// A list as a contact file that mail merges and `importList` take, piece by piece.
///
/// ```swift
/// var export = try library.export(list, as: .excel(in: .english))
/// while let bytes = try export.next() { try output.write(bytes) }
/// ```
public struct ContactExport {
    private var reader: StoredContactReader
    private var csv: CSVWriter
    private var opening: [UInt8]?

    init(_ reader: StoredContactReader, as dialect: CSVDialect) {
        self.reader = reader
        csv = CSVWriter(separator: dialect.separator)
        opening = dialect.opening
    }

    /// Nil at the end.
    public mutating func next() throws(DistributionsError) -> [UInt8]? {
        var bytes: [UInt8] = []
        if let opening {
            bytes = opening
            self.opening = nil
            csv.appendHeadings(embeddedNames: reader.embeddedNames)
        }
        while csv.bytes.count < 1 << 16, let contact = try reader.next() { csv.append(contact) }
        bytes += csv.take()
        return bytes.isEmpty ? nil : bytes
    }
}

extension ContactLibrary {
    /// Begins to export a list. What is exported is the list as it is now, whatever happens to it meanwhile.
    public func export(_ list: ContactList, as dialect: CSVDialect) throws(DistributionsError) -> ContactExport {
        ContactExport(try StoredContactReader(directory + "/" + list.file), as: dialect)
    }

    /// Writes a list to a file. `-` is standard output.
    public func export(
        _ list: ContactList, to path: String, as dialect: CSVDialect = CSVDialect()
    ) throws(DistributionsError) {
        let output = try OutputFile(path, outsideOf: workspace)
        var export = try export(list, as: dialect)
        while let bytes = try export.next() { try output.write(bytes) }
        try output.commit()
    }
}
