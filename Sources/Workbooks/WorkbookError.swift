/// Why a workbook can't be read.
public enum WorkbookError: Error, Hashable, Sendable {
    /// The file can't be opened or read; what the system says.
    case unreadable(reason: String)
    case wrongKind(WorkbookKind)
    /// A part of the archive is missing or not what the format asks for (ECMA-376).
    case damaged(part: String, reason: String)
    /// There is no sheet of that name; these are there.
    case noSheet(String, sheets: [String])
    /// It is larger than a workbook of people can be, or was made to fill the memory.
    case tooLarge(part: String, limit: String)
}

/// What a file is that isn't an Office Open XML workbook.
public enum WorkbookKind: Hashable, Sendable {
    /// Not even an archive.
    case other
    /// A workbook of Excel 97 to 2003 (`.xls`), or one that is protected by a password.
    case oldOrEncrypted
    /// A binary workbook (`.xlsb`).
    case binary
    /// An OpenDocument spreadsheet (`.ods`).
    case openDocument
    /// Another archive.
    case archive
}

extension WorkbookError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let reason): "it can't be read: \(reason)"
        case .wrongKind(let kind): kind.description
        case .damaged(let part, let reason): "the workbook is damaged (\(part): \(reason))"
        case .noSheet(let name, let sheets):
            "it has no sheet \"\(name)\"; its sheets are " + sheets.map { "\"\($0)\"" }.joined(separator: ", ")
        case .tooLarge(let part, let limit): "the workbook is too large (\(part) has more than \(limit))"
        }
    }
}

extension WorkbookKind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .other: "it is not an Excel workbook"
        case .oldOrEncrypted: "it is a workbook of Excel 97 to 2003 (.xls), or protected by a password"
        case .binary: "it is a binary Excel workbook (.xlsb)"
        case .openDocument: "it is an OpenDocument spreadsheet (.ods)"
        case .archive: "it is an archive without a workbook"
        }
    }
}
