/// A CSV file of contacts and how it is to be read.
public struct ContactFile: Hashable, Sendable {
    public var path: String
    /// Found in the file's first line when nil.
    public var separator: CSVSeparator?
    /// Headings that a person assigned to fields.
    public var map: [String: ContactField]
    /// Whether fields that nobody assigned are found by their usual headings.
    public var recognizesHeadings = true

    /// How errors name the file, when not by its path.
    var name: String?

    /// - Parameter name: how errors name it, when not by its path.
    public init(
        _ path: String, name: String? = nil, separator: CSVSeparator? = nil, map: [String: ContactField] = [:]
    ) {
        self.name = name
        self.path = path
        self.separator = separator
        self.map = map
    }

    /// Begins to read it.
    public func reader() throws(DistributionsError) -> ContactReader {
        let source = TextSource(try InputFile(path, name: name))
        return try ContactReader(
            CSVReader(source, separator: separator), map: map, recognizing: recognizesHeadings)
    }

    /// The ID of the contact whose row begins in that line.
    func contactID(inLine line: Int) throws(DistributionsError) -> String? {
        var reader = try reader()
        while let entry = try reader.next() {
            if entry.line == line { return entry.contact.id }
        }
        return nil
    }
}
