import Distributions

/// Why an uploaded file can't be imported, in words of its page, and the control there that may change it.
struct UploadProblem {
    enum Control: String, CaseIterable {
        case encoding, separator, sheet, firstLine, columns, optedOut

        var title: String {
            switch self {
            case .encoding: "Encoding"
            case .separator: "Separator"
            case .sheet: "Sheet"
            case .firstLine: "First line"
            case .columns: "What the columns are"
            case .optedOut: "Opted-out contacts"
            }
        }
    }

    /// Nil where nothing on the page helps, and the file has to be another.
    let control: Control?
    let text: String

    init(_ error: DistributionsError, in review: ContactFileReview) {
        let (control, text) = Self.words(for: error, in: review)
        self.control = control
        self.text = ConsoleService.sentence(text)
    }

    /// Whether nothing is wrong, or a control may change it.
    static func isCurable(in review: ContactFileReview) -> Bool {
        review.problem.map { UploadProblem($0, in: review).control != nil } ?? true
    }

    private static func words(
        for error: DistributionsError, in review: ContactFileReview
    ) -> (Control?, String) {
        let isText = review.layout?.sheets.isEmpty ?? true
        switch error {
        case .headings(_, .noContactIDAndNoEmail) where review.headings.count == 1 && isText:
            return (
                .separator, "the file was read as a single column. If it has more, choose what separates them"
            )
        case .headings(_, .noContactIDAndNoEmail):
            return (.columns, "choose the column that holds the e-mail address or the contact ID")
        case .headings(_, .ambiguous(let field, let headings)):
            return (
                .columns,
                "only one column can be \(field.heading), and these could be: \(headings.joined(separator: ", "))."
                    + " Choose one and make the others embedded data"
            )
        case .headings(_, .addressAmongHeadings(let address)):
            return (
                .firstLine,
                "the first line has the e-mail address \(address), so it is a contact. Choose that, or add headings to"
                    + " the file and upload it again"
            )
        case .headings(_, .noOptOuts):
            return (.optedOut, "no column says who has opted out, so nobody can be left out")
        case .headings(_, let fault):
            return (nil, "\(fault) in the file, and upload it again")
        case .table(_, let line, _, .invalidText(.utf8, let readings)):
            return readings.isEmpty
                ? (
                    nil,
                    "line \(line) is damaged: it isn't UTF-8 as the lines above are. Save the file again as CSV UTF-8"
                )
                : (.encoding, "the file isn't UTF-8, and doesn't say what it is. Choose the line that reads right")
        case .table(_, let line, _, .invalidText(let encoding, _)):
            return (.encoding, "line \(line) can't be read as \(encoding.name). Choose another encoding")
        case .table(_, _, _, .zeroByte):
            return (
                .encoding,
                "the file has zero bytes, as UTF-16 has. Choose UTF-16; if that doesn't help, it isn't a text file"
            )
        case .table(_, _, _, .empty), .noContacts:
            return (nil, "there is no contact in it. Add some in the file, and upload it again")
        case .table(_, let line, _, let fault):
            return (isText ? .separator : nil, "line \(line): \(fault)")
        case .format(_, .excelWorkbook) where ContactFile.readsWorkbooks:
            return (
                nil,
                "it is an Excel workbook of an old kind (.xls), damaged, or protected by a password. Save it in Excel as a"
                    + " workbook (.xlsx) without a password, and upload that"
            )
        case .format(_, .openDocumentSpreadsheet) where ContactFile.readsWorkbooks:
            return (nil, "it is an OpenDocument spreadsheet. Save it as an Excel workbook (.xlsx), and upload that")
        case .format(_, let format): return (nil, "\(format), and upload that")
        case .workbook(_, .noSheet(let name, _)): return (.sheet, "there is no sheet \"\(name)\". Choose another")
        case .workbook(_, let fault):
            return (nil, "\(fault). Save it in Excel as .xlsx without a password, or as CSV UTF-8")
        case .emptySelection(_, .optedOut(let count)):
            return (.optedOut, "all \(count) contacts have opted out, so nobody is left")
        default: return (nil, error.description)
        }
    }

    static func title(of encoding: TextEncoding) -> String {
        switch encoding {
        case .utf8: "UTF-8"
        case .utf16LittleEndian: "UTF-16, as Windows saves it"
        case .utf16BigEndian: "UTF-16, big endian"
        case .windows1252: "Windows-1252, Western Europe"
        case .macRoman: "Mac Roman"
        case .windows1251: "Windows-1251, Cyrillic"
        case .shiftJIS: "Shift-JIS, Japanese"
        case .gb18030: "GB18030, Chinese"
        case .latin1: "Latin-1"
        }
    }
}

extension CSVSeparator {
    /// As forms and the command line name it.
    var name: String {
        switch self {
        case .comma: "comma"
        case .semicolon: "semicolon"
        case .tab: "tab"
        }
    }

    var title: String { name.prefix(1).uppercased() + name.dropFirst() }
}
