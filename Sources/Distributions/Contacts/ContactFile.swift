import LinkToken

/// A file of contacts, as CSV or an Excel workbook, and how it is to be read.
public struct ContactFile: Hashable, Sendable {
    public var path: String
    /// Found in the file's first rows when nil.
    public var separator: CSVSeparator?
    /// Headings that a person assigned to fields; without headings, the numbers of columns from 1.
    public var map: [String: ContactField]
    /// Whether the first line holds headings. Without them it is a contact, and embedded data is called `Column 3`.
    public var hasHeadings = true
    /// What the file is saved in. A byte order mark in it counts more.
    public var encoding = TextEncoding.utf8
    /// The sheet of an Excel workbook; the first that is not hidden when nil.
    public var sheet: String?
    /// Whether fields that nobody assigned are found by their usual headings.
    public var recognizesHeadings = true

    /// Whether contacts are left out about whom a column says that they want no mail.
    public var skipsOptedOut = false

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
        try ContactReader(rows(), of: self)
    }

    private func rows() throws(DistributionsError) -> TableReader {
        try TableReader(
            path, name: name, sheet: sheet, separator: separator, encoding: encoding, knowing: ContactField.isKnown)
    }

    /// The first rows of the file, headings included. There are fewer if the file ends or a row can't be read.
    ///
    /// - Throws: why the very first row can't be read.
    public func firstRows(_ count: Int) throws(DistributionsError) -> [[String]] {
        var cells: [[String]] = []
        var row = CSVRow()
        do throws(DistributionsError) {
            var reader = try rows()
            while cells.count < count, try reader.read(into: &row) { cells.append(row.cells) }
        } catch {
            guard !cells.isEmpty else { throw error }
        }
        return cells
    }

    /// The ID of the contact whose row begins in that line.
    func contactID(inLine line: Int) throws(DistributionsError) -> ContactID? {
        var reader = try reader()
        while true {
            do throws(DistributionsError) {
                guard let entry = try reader.next() else { return nil }
                if entry.line == line { return entry.contact.id }
            } catch {
                guard error.isOfOneRow else { throw error }
            }
        }
    }
}
