import Encoding
import LinkToken

/// Turns links into the rows of a spreadsheet. Each thread has its own; their bytes are put one after the other.
struct SpreadsheetWriter {
    private let layout: SpreadsheetLayout
    private let columns: [SpreadsheetColumn]
    /// The beginnings of the members of a JSON object, `{"Email":` or `,"Link":`.
    private let members: [String]
    private let expiration: String
    private let printedExpiration: String
    private var csv: CSVWriter
    private var json: [UInt8] = []
    private var packed = PackedCells()

    /// - Parameter expiry: when the links expire.
    init(_ layout: SpreadsheetLayout, _ columns: [SpreadsheetColumn], expiry: UnixTime) {
        self.layout = layout
        self.columns = columns
        csv = CSVWriter(separator: layout.dialect.separator)
        members = columns.enumerated().map { (index, column) in
            (index == 0 ? "{\"" : ",\"") + JSONWriter.escaped(column.heading) + "\":"
        }
        expiration = expiry.description
        printedExpiration = layout.printedExpiration?.text(of: expiry) ?? ""
    }

    /// The byte order mark and the headings, as far as the format has them. For a workbook, rows are packed.
    mutating func header() -> [UInt8] {
        switch layout.format {
        case .jsonl: return []
        case .xlsx:
            packed.append(row: columns.map(\.heading))
            return packed.take()
        case .csv, .tsv: break
        }
        for column in columns { csv.cell(FormulaGuard.applied(to: column.heading)) }
        csv.endRow()
        return layout.dialect.opening + csv.take()
    }

    mutating func write(_ minted: MintedLink) {
        var row: [String] = []
        for (index, column) in columns.enumerated() {
            let text: String
            // Whether a person wrote it: it may need quotes, or a guard.
            var isPersonal = false
            switch column.content {
            case .field(let field): (text, isPersonal) = (minted.contact[field], true)
            case .embeddedData(_, let position): (text, isPersonal) = (minted.contact.embeddedData[position], true)
            case .status: text = minted.status.rawValue
            case .link: text = minted.link
            case .linkExpiration: text = expiration
            case .linkExpires: (text, isPersonal) = (printedExpiration, true)
            case .startedAt: text = minted.use?.startedAt.description ?? ""
            case .startedBy: text = minted.use?.startedBy.name ?? ""
            case .finishedAt: text = minted.use?.finishedAt?.description ?? ""
            }
            switch layout.format {
            case .jsonl:
                json.append(contentsOf: members[index].utf8)
                JSONWriter.append(text, to: &json)
            case .xlsx: row.append(text)
            case .csv where isPersonal, .tsv where isPersonal:
                csv.cell(FormulaGuard.applied(to: text))
            // ``LinkBaseURL`` has no character that would ask for quotes.
            case .csv, .tsv: csv.plainCell(text)
            }
        }
        switch layout.format {
        case .jsonl: json.append(contentsOf: "}\n".utf8)
        case .xlsx: packed.append(row: row)
        case .csv, .tsv: csv.endRow()
        }
    }

    /// The rows that were written since.
    mutating func take() -> [UInt8] {
        switch layout.format {
        case .jsonl:
            defer { json.removeAll(keepingCapacity: true) }
            return json
        case .xlsx: return packed.take()
        case .csv, .tsv: return csv.take()
        }
    }
}
