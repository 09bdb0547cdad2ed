import Encoding
import LinkToken

/// Turns rows into the bytes of a spreadsheet. Each thread has its own; their bytes are put one after the other.
struct SpreadsheetWriter {
    private enum Cell {
        case field(ContactField)
        case status, link, expiration, printedExpiration, startedAt, startedBy, finishedAt
        case embedded(Int)
    }

    private let layout: SpreadsheetLayout
    private let cells: [Cell]
    /// The beginnings of the members of a JSON object, `{"Email":` or `,"Link":`.
    private let members: [String]
    private var csv: CSVWriter
    private var json: [UInt8] = []
    private var packed = PackedCells()
    private var lastExpiration: (time: UnixTime, text: String, printed: String)?

    init(_ layout: SpreadsheetLayout, embeddedNames: [String]) {
        self.layout = layout
        csv = CSVWriter(separator: layout.csv.separator)
        cells = layout.columns.map { column in
            switch column.content {
            case .field(let field): .field(field)
            case .status: .status
            case .link: .link
            case .linkExpiration: .expiration
            case .linkExpires: .printedExpiration
            case .startedAt: .startedAt
            case .startedBy: .startedBy
            case .finishedAt: .finishedAt
            case .embeddedData(let name): .embedded(embeddedNames.firstIndex(of: name)!)
            }
        }
        members = layout.columns.enumerated().map { index, column in
            (index == 0 ? "{\"" : ",\"") + JSONWriter.escaped(column.heading) + "\":"
        }
    }

    /// The byte order mark and the headings, as far as the format has them. For a workbook, rows are packed.
    mutating func header() -> [UInt8] {
        switch layout.format {
        case .jsonl: return []
        case .xlsx:
            packed.append(row: layout.columns.map(\.heading))
            return packed.take()
        case .csv, .tsv: break
        }
        for column in layout.columns { csv.cell(FormulaGuard.applied(to: column.heading)) }
        csv.endRow()
        return layout.csv.opening + csv.take()
    }

    mutating func write(_ contact: Contact, status: LinkStatus, link: String, expiration: UnixTime, use: LinkUse) {
        if lastExpiration?.time != expiration {
            lastExpiration = (
                expiration, expiration.description, layout.printedExpiration?.text(of: expiration) ?? ""
            )
        }
        var row: [String] = []
        for (index, cell) in cells.enumerated() {
            let text: String
            // Whether a person wrote it: it may need quotes, or a guard.
            var isPersonal = false
            switch cell {
            case .field(let field): (text, isPersonal) = (contact[field], true)
            case .embedded(let position): (text, isPersonal) = (contact.embeddedData[position], true)
            case .status: text = status.rawValue
            case .link: text = link
            case .expiration: text = lastExpiration!.text
            case .printedExpiration: (text, isPersonal) = (lastExpiration!.printed, true)
            case .startedAt: text = use.startedAt?.description ?? ""
            case .startedBy: text = use.startedAt == nil ? "" : use.startedBy.name
            case .finishedAt: text = use.finishedAt?.description ?? ""
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
