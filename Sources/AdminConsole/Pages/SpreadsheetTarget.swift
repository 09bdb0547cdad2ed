import Distributions

/// What opens or imports a spreadsheet that is downloaded.
enum SpreadsheetTarget: Hashable, Sendable {
    /// CSV that Excel opens with a double click where it is in the language of the browser.
    case spreadsheetProgram
    /// An Excel workbook, in which every cell is text, so no zero at the beginning of an ID is lost.
    case workbook
    case mailMerge(MailMerge)
    /// CSV as RFC 4180 has it, for programs.
    case plain

    init(_ text: String) {
        self =
            switch text {
            case "": .spreadsheetProgram
            case "xlsx" where ContactFile.readsWorkbooks: .workbook
            default: MailMerge(id: text).map { .mailMerge($0) } ?? .plain
            }
    }

    /// As forms have it.
    var text: String {
        switch self {
        case .spreadsheetProgram: ""
        case .workbook: "xlsx"
        case .mailMerge(let tool): tool.id
        case .plain: "csv"
        }
    }

    var mailMerge: MailMerge? { if case .mailMerge(let tool) = self { tool } else { nil } }

    private var title: String {
        switch self {
        case .spreadsheetProgram: "Excel, LibreOffice or another spreadsheet program"
        case .workbook: "Excel workbook, which keeps zeros at the beginning of IDs"
        case .mailMerge(let tool): tool.name
        case .plain: "Other programs"
        }
    }

    /// What a person chooses from.
    static func choices(_ chosen: SpreadsheetTarget = .spreadsheetProgram) -> [[String: Any]] {
        let targets =
            [.spreadsheetProgram] + (ContactFile.readsWorkbooks ? [.workbook] : [])
            + MailMerge.all.map { .mailMerge($0) }
            + [SpreadsheetTarget.plain]
        return targets.map { ["value": $0.text, "title": $0.title, "isChosen": $0 == chosen] }
    }
}
