import Encoding
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

    /// - Parameters:
    ///   - path: the file; `-` is standard input.
    ///   - name: what errors call the file, if not by its path.
    ///   - separator: the column separator; detected if nil.
    ///   - map: headings assigned to fields by the user.
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

    func rows() throws(DistributionsError) -> TableReader {
        try TableReader(
            path, name: name, sheet: sheet, separator: separator, encoding: encoding, knowing: ContactField.isKnown)
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

/// Reads the contacts of a file one at a time.
///
/// ```swift
/// var contacts = try ContactFile("people.csv", map: ["Work Email": .email]).reader()
/// while let entry = try contacts.next() { print(entry.line, entry.contact.email) }
/// ```
///
/// A contact without an ID has none here: ``ContactIntake`` makes one.
public struct ContactReader {
    public let columns: ContactColumns
    /// What was found in the rows so far.
    public var findings: ContactFindings {
        var findings = found
        findings.encodingDoubt = reader.encodingDoubt
        return findings
    }
    private var found = ContactFindings()
    public var separator: CSVSeparator { reader.separator }
    public var encoding: TextEncoding { reader.encoding }
    public var path: String { reader.path }

    private let file: ContactFile
    private var reader: TableReader
    private var row = CSVRow()
    private let columnCount: Int
    /// Whether the row that was read last is still to be given: the first one of a file without headings.
    private var isRowWaiting: Bool
    /// In an order of their own: iterating over a dictionary for each row would cost more than reading the row.
    private let fieldColumns: [(field: ContactField, column: Int)]

    public struct Entry: Sendable {
        public let line: Int
        public var contact: Contact
    }

    /// Rows that are looked at to find out what a column holds.
    private static let sampleCount = 200

    /// Begins with the headings.
    init(_ table: TableReader, of file: ContactFile) throws(DistributionsError) {
        reader = table
        self.file = file
        isRowWaiting = !file.hasHeadings
        do throws(DistributionsError) {
            guard try reader.read(into: &row) else { throw .table(file: reader.path, line: 1, fault: .empty) }
        } catch {
            throw file.withReadings(error)
        }
        columnCount = row.count
        var map = file.map
        var headings = row.cells
        var sample = reader.sample(rows: Self.sampleCount).map(\.cells)
        if !file.hasHeadings {
            sample.insert(headings, at: 0)
            headings = headings.indices.map { "Column \($0 + 1)" }
            map = Dictionary(uniqueKeysWithValues: map.map { ("Column \($0.key)", $0.value) })
        }
        columns = try ContactColumns(
            headings: headings, map: map, recognizing: file.recognizesHeadings, sample: sample, file: reader.path)
        if file.skipsOptedOut, columns.optOuts.isEmpty {
            throw .headings(file: reader.path, fault: .noOptOuts(headings: headings))
        }
        fieldColumns = columns.fields.map { ($0.key, $0.value) }
        found.columns = columns
        found.skipsOptedOut = file.skipsOptedOut
    }

    private mutating func readRow() throws(DistributionsError) -> Bool {
        if isRowWaiting {
            isRowWaiting = false
            return true
        }
        do throws(DistributionsError) {
            return try reader.read(into: &row)
        } catch {
            throw file.withReadings(error)
        }
    }

    /// Nil at the end of the file.
    public mutating func next() throws(DistributionsError) -> Entry? {
        while try readRow() {
            if row.isBlank {
                found.blankRows += 1
                continue
            }
            if row.count != columnCount { try fit() }
            if !columns.optOuts.isEmpty, hasOptedOut(), found.skipsOptedOut { continue }
            for column in columns.unnamed where !row.isEmpty(column) {
                throw .contact(file: path, line: row.line, fault: .textInUnnamedColumn(column: column + 1))
            }
            var contact = Contact()
            var id = ""
            for (field, column) in fieldColumns where !row.isEmpty(column) {
                if field == .email, row.withBytes(of: column, EmailAddress.isPlain) {
                    contact.email = row[column]
                    continue
                }
                let text = FormulaGuard.removed(from: row[column])
                if field == .contactID { id = text.trimmed } else { try? contact.set(field, to: text.trimmed) }
                if field == .email, !EmailAddress.isValid(text) { check(&contact.email, in: text) }
            }
            contact.embeddedData = columns.embeddedData.map { FormulaGuard.removed(from: row[$0.column]) }
            note(contact, id: id)
            do {
                try contact.set(.contactID, to: id)
            } catch {
                throw .contact(file: path, line: row.line, fault: .id(error))
            }
            guard contact.id != nil || !contact.email.isEmpty || !contact.externalDataReference.isEmpty else {
                throw .contact(file: path, line: row.line, fault: .neitherIDNorEmail)
            }
            return Entry(line: row.line, contact: contact)
        }
        return nil
    }

    /// Programs leave out empty cells at the end of a row, or add some. Nothing else is certain.
    private mutating func fit() throws(DistributionsError) {
        let count = row.count
        if count < columnCount {
            row.pad(to: columnCount)
            found.shortRows.append(row.line)
        } else {
            guard (columnCount..<count).allSatisfy(row.isEmpty) else {
                throw .table(file: path, line: row.line, fault: .ragged(found: count, expected: columnCount))
            }
            row.cut(to: columnCount)
            found.longRows.append(row.line)
        }
    }

    private mutating func hasOptedOut() -> Bool {
        var isUnclear = false
        for place in columns.optOuts where !row.isEmpty(place.column) {
            switch place.kind.isTrue(FormulaGuard.removed(from: row[place.column])) {
            case true:
                found.optedOut.append(row.line)
                return true
            case false: break
            case nil: isUnclear = true
            }
        }
        if isUnclear { found.unclearOptOuts.append(row.line) }
        return false
    }

    /// - Parameter text: the cell, which isn't a valid address.
    private mutating func check(_ email: inout String, in text: String) {
        if let address = EmailAddress.repaired(text) {
            email = address
            found.repairedEmails.append(row.line)
        } else if !email.isEmpty {
            found.invalidEmails.append(row.line)
        }
    }

    /// Finds what a spreadsheet did to an ID, and rows that are about nobody.
    private mutating func note(_ contact: Contact, id: String) {
        let numbers = (RewrittenNumber(id), RewrittenNumber(contact.externalDataReference))
        if numbers.0 == .rounded || numbers.1 == .rounded { found.roundedIDs.append(row.line) }
        if numbers.0 == .decimal || numbers.1 == .decimal { found.decimalIDs.append(row.line) }
        if contact.email.isEmpty, let column = columns.fields[.contactID], columns.fields[.email] != nil {
            let isAlone = row.range(of: column).count == row.bytes.count
            if Self.totals.contains(ContactField.key(of: id)) || isAlone && id.contains(" ") {
                found.footers.append(row.line)
            }
        }
    }

    private static let totals: Set<String> = [
        "total", "totals", "grandtotal", "grandtotals", "subtotal", "sum", "count", "summe", "gesamt", "gesamtsumme",
        "somme", "totalgénéral", "suma", "totalgeneral", "totale", "totaal", "totalgeral", "razem", "toplam", "合計",
        "总计",
        "合计", "總計", "المجموع",
    ]
}

/// What a spreadsheet or a statistics program made of a number in its own way.
enum RewrittenNumber {
    /// `4.91513E+11`, as such programs show a long number in any locale. Its last digits are gone.
    case rounded
    /// `101.0`, a whole number with a decimal place.
    case decimal

    /// Nil for any other text.
    init?(_ text: String) {
        var text = text
        guard let number = text.withUTF8(Self.find) else { return nil }
        self = number
    }

    private static func find(in bytes: UnsafeBufferPointer<UInt8>) -> RewrittenNumber? {
        let count = bytes.count
        guard count > 2, isDigit(bytes[0]), isDigit(bytes[count - 1]) else { return nil }
        if isPoint(bytes[count - 2]) {
            return bytes[count - 1] == UInt8(ascii: "0") && bytes[..<(count - 2)].allSatisfy(isDigit) ? .decimal : nil
        }
        // An exponent has one to three digits.
        var exponent = count - 2
        while exponent > 1, exponent >= count - 4, isDigit(bytes[exponent]) { exponent -= 1 }
        guard bytes[exponent] == UInt8(ascii: "+"), exponent > 1, bytes[exponent - 1] | 0x20 == UInt8(ascii: "e") else {
            return nil
        }
        let fraction = bytes[1..<(exponent - 1)]
        guard let point = fraction.first else { return .rounded }
        return isPoint(point) && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit) ? .rounded : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isPoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") }
}
