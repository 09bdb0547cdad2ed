/// What people take for a CSV file, told by its first bytes.
public enum FileFormat: Hashable, Sendable {
    case excelWorkbook
    case openDocumentSpreadsheet
    case numbersDocument
    case zipArchive
    case pdf
    /// HTML or XML, which some programs write under the name of a workbook.
    case markup

    /// What a ZIP archive begins with (APPNOTE §4.3.7).
    static let zipSignature = Array("PK\u{3}\u{4}".utf8)

    /// Nil for what may be text.
    ///
    /// - Parameters:
    ///   - bytes: the first ones of the file.
    ///   - name: the file's name, which decides between formats with the same beginning.
    init?(_ bytes: ArraySlice<UInt8>, name: String) {
        let name = name.lowercased()
        // Compound files: workbooks until Excel 2003, and later ones with a password (MS-CFB §2.2).
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            self = .excelWorkbook
        } else if bytes.starts(with: Self.zipSignature) {
            if bytes.contains(Array("opendocument.spreadsheet".utf8)) || name.hasSuffix(".ods") {
                self = .openDocumentSpreadsheet
            } else if bytes.contains(Array("Index/Document.iwa".utf8)) || name.hasSuffix(".numbers") {
                self = .numbersDocument
            } else if bytes.contains(Array("xl/".utf8)) || [".xlsx", ".xlsm", ".xlsb"].contains(where: name.hasSuffix) {
                self = .excelWorkbook
            } else {
                self = .zipArchive
            }
        } else if bytes.starts(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else {
            let beginning = String(decoding: bytes.prefix(256), as: UTF8.self).drop {
                $0.isWhitespace || $0 == "\u{FEFF}"
            }
            .lowercased()
            guard ["<html", "<!doctype", "<table", "<?xml", "<meta", "<style"].contains(where: beginning.hasPrefix)
            else { return nil }
            self = .markup
        }
    }
}

extension FileFormat: CustomStringConvertible {
    public var description: String {
        switch self {
        case .excelWorkbook:
            #"this is an Excel workbook; save it in Excel by File > Save As as "CSV UTF-8 (Comma delimited)""#
        case .openDocumentSpreadsheet:
            #"this is an OpenDocument spreadsheet; save it in LibreOffice by File > Save As as "Text CSV" in UTF-8"#
        case .numbersDocument:
            "this is a Numbers document; export it by File > Export To > CSV in UTF-8"
        case .zipArchive: "this is a ZIP archive; unpack it first"
        case .pdf: "this is a PDF document; export the contacts as CSV"
        case .markup:
            #"this is HTML or XML; open it in a spreadsheet program and save it as "CSV UTF-8""#
        }
    }
}
