import Encoding
import LinkToken

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
