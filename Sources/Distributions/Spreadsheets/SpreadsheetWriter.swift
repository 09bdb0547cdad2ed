import LinkToken

/// Turns rows into the bytes of a spreadsheet. Each thread has its own; their bytes are put one after the other.
struct SpreadsheetWriter {
    private enum Cell {
        case field(ContactField)
        case status, link, expiration, startedAt, startedBy, finishedAt
        case embedded(Int)
    }

    private let layout: SpreadsheetLayout
    private let cells: [Cell]
    /// The beginnings of the members of a JSON object, `{"Email":` or `,"Link":`.
    private let members: [String]
    private var csv: CSVWriter
    private var json: [UInt8] = []
    private var lastExpiration: (time: UnixTime, text: String)?

    init(_ layout: SpreadsheetLayout, embeddedNames: [String]) {
        self.layout = layout
        csv = CSVWriter(separator: layout.format.separator ?? .comma)
        cells = layout.columns.map { column in
            switch column.content {
            case .field(let field): .field(field)
            case .status: .status
            case .link: .link
            case .linkExpiration: .expiration
            case .startedAt: .startedAt
            case .startedBy: .startedBy
            case .finishedAt: .finishedAt
            case .embeddedData(let name): .embedded(embeddedNames.firstIndex(of: name)!)
            }
        }
        members = layout.columns.enumerated().map { index, column in
            (index == 0 ? "{" : ",") + JSONText.quoted(column.heading) + ":"
        }
    }

    /// The byte order mark and the headings, as far as the format has them.
    mutating func header() -> [UInt8] {
        guard layout.format != .jsonl else { return [] }
        for column in layout.columns { csv.cell(FormulaGuard.applied(to: column.heading)) }
        csv.endRow()
        return (layout.byteOrderMark ? [0xEF, 0xBB, 0xBF] : []) + csv.take()
    }

    mutating func write(_ contact: Contact, status: LinkStatus, link: String, expiration: UnixTime, use: LinkUse) {
        if lastExpiration?.time != expiration { lastExpiration = (expiration, expiration.description) }
        for (index, cell) in cells.enumerated() {
            let text: String
            var isPersonal = false
            switch cell {
            case .field(let field): (text, isPersonal) = (contact[field], true)
            case .embedded(let position): (text, isPersonal) = (contact.embeddedData[position], true)
            case .status: text = status.rawValue
            case .link: text = link
            case .expiration: text = lastExpiration!.text
            case .startedAt: text = use.startedAt?.description ?? ""
            case .startedBy: text = use.startedAt == nil ? "" : use.startedBy.name
            case .finishedAt: text = use.finishedAt?.description ?? ""
            }
            if layout.format == .jsonl {
                json.append(contentsOf: members[index].utf8)
                JSONText.append(text, to: &json)
            } else if isPersonal {
                csv.cell(FormulaGuard.applied(to: text))
            } else {
                // ``LinkBaseURL`` has no character that would ask for quotes.
                csv.plainCell(text)
            }
        }
        if layout.format == .jsonl {
            json.append(contentsOf: "}\n".utf8)
        } else {
            csv.endRow()
        }
    }

    /// The rows that were written since.
    mutating func take() -> [UInt8] {
        guard layout.format == .jsonl else { return csv.take() }
        defer { json.removeAll(keepingCapacity: true) }
        return json
    }
}
