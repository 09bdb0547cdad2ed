import Encoding
import Files
import LinkToken
import Workbooks

/// What can go wrong between a contact list and a spreadsheet of links.
public enum DistributionsError: Error, Hashable, Sendable {
    case file(FileError)
    /// A file is something other than text.
    case format(file: String, FileFormat)
    /// A line of a table can't be read. Lines and columns count from 1; a column counts characters.
    case table(file: String, line: Int, column: Int? = nil, fault: TableError)
    /// The headings of a contact list can't be used.
    case headings(file: String, fault: HeadingError)
    /// A contact can't be used.
    case contact(file: String, line: Int, fault: ContactError)
    /// It can't be told whose the responses of an export are.
    case responses(file: String, fault: ResponseColumnsError)
    /// It can't be told when the responses of an export were submitted.
    case responseTimes(file: String, fault: ResponseTimeError)
    /// An Excel workbook can't be read or written.
    case workbook(file: String, fault: WorkbookError)
    /// A sheet was named, but the file is not a workbook.
    case notWorkbook(file: String)
    /// An Excel workbook would have to be read or written, and this build can't.
    case withoutWorkbooks(file: String)
    /// More than one row of a contact file can't be used.
    case rows(file: String, RowErrors)
    /// There is no contact at all in the file.
    case noContacts(source: String)
    /// There are contacts, and none of them is left.
    case emptySelection(source: String, EmptySelection)
    /// Contacts were asked for by ID or e-mail address and are not there.
    case contactsNotFound([String], source: String)
    /// A field can't travel in links.
    case inLinkField(String, InLinkFieldError)
    /// A contact's link would not work. The line is that of the contact in a file, from 1.
    case link(contact: String, source: String, line: Int?, fault: LinkError)
    /// The survey tool can't use the survey URL.
    case surveyURL(SurveyURLReview)
    /// A file that a person named must not be written.
    case output(path: String, fault: OutputError)
    /// A value that a person gave can't be used. `expected` says what can.
    case invalid(what: String, value: String, expected: String)
    /// The thing is there already.
    case exists(what: String, name: String)
    /// The thing is not there.
    case notFound(what: String, name: String)
    /// A file of the workspace does not say what linkseal wrote.
    case damaged(path: String, reason: String)
    /// The random generator or a signature failed.
    case cryptography(reason: String)
    /// What was asked for can't be done with this distribution, and nothing was changed.
    case refused(DistributionID, reason: String)
    /// Others change the workspace; nothing was changed.
    case busy
    /// The task was cancelled; nothing was left behind.
    case cancelled
}

/// Why a line of a table can't be read.
public enum TableError: Hashable, Sendable {
    case empty
    /// - Parameter readings: the line in the encodings that it is most likely to be in.
    case invalidText(encoding: TextEncoding, readings: [TextReading] = [])
    case zeroByte
    case unterminatedQuote
    case textAfterQuote
    case ragged(found: Int, expected: Int)
    case rowTooLong(limit: Int)
}

/// Why the headings of a contact list can't be used.
public enum HeadingError: Hashable, Sendable {
    /// Contacts that have opted out were to be left out, and no column is known to say who has.
    case noOptOuts(headings: [String])
    /// More than one column has the same heading. Columns count from 1.
    case duplicate(heading: String, columns: [Int])
    /// Two headings mean the same field equally well.
    case ambiguous(field: ContactField, headings: [String])
    /// The first line has an e-mail address, so it is a contact and not a line of headings.
    case addressAmongHeadings(String)
    /// There is neither a column of contact IDs nor one of e-mail addresses.
    case noContactIDAndNoEmail(headings: [String])
    /// A heading that was mapped to a field is not in the file.
    case unknownMapping(heading: String, headings: [String])
}

/// Why a contact can't be used.
public enum ContactError: Hashable, Sendable {
    case duplicateID(id: String, firstLine: Int)
    case id(ContactIDError)
    case textInUnnamedColumn(column: Int)
    case neitherIDNorEmail
}

extension DistributionsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error):
            error.description
        case .format(let file, let format):
            "\(file): \(format)"
        case .table(let file, let line, let column, let fault):
            "\(file), line \(line)\(column.map { ", column \($0)" } ?? ""): \(fault.description)"
        case .headings(let file, let fault):
            "\(file): \(fault.description)"
        case .contact(let file, let line, let fault):
            "\(file), line \(line): \(fault.description)"
        case .responses(let file, let fault):
            "\(file): \(fault)"
        case .responseTimes(let file, let fault):
            "\(file): \(fault)"
        case .workbook(let file, let fault):
            "\(file): \(fault)"
        case .notWorkbook(let file):
            "\(file) is not an Excel workbook, so it has no sheets"
        case .withoutWorkbooks(let file):
            "\(file) is an Excel workbook, and this build of linkseal can't read or write those. Use CSV"
        case .rows(let file, let problems):
            "\(file): \(problems.count) rows can't be imported: \(problems.first.map(\.description).joined(separator: "; "))"
                + (problems.more.map { "; \($0)" } ?? "")
        case .noContacts(let source):
            "\(source) has no contacts; a list needs a heading line and at least one line below it"
        case .emptySelection(let source, let reason):
            "\(source) has no contacts to use: \(reason)"
        case .contactsNotFound(let contacts, let source):
            "not in \(source): \(contacts.joined(separator: ", ")); give a contact ID or an e-mail address of the list"
        case .inLinkField(let name, let fault):
            "the field \"\(name)\" can't be put in the link: \(fault.description)"
        case .link(let contact, let source, let line, let fault):
            "\(source)\(line.map { ", line \($0)" } ?? ""), contact \"\(contact)\": \(fault.description)"
        case .surveyURL(let review):
            "\(review.tool) can't use the survey URL: " + review.faults.map(\.description).joined(separator: "; ")
        case .output(let path, let fault):
            "\(path) was not written: \(fault.description)"
        case .invalid(let what, let value, let expected):
            "\(what) \"\(value)\" can't be used; expected \(expected)"
        case .exists(let what, let name):
            "the \(what) \"\(name)\" exists already"
        case .notFound(let what, let name):
            "there is no \(what) \"\(name)\""
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason); restore it from a backup"
        case .cryptography(let reason):
            reason
        case .refused(let id, let reason):
            "distribution \(id): \(reason)"
        case .busy:
            "another process is changing the workspace, so nothing was changed; try again in a few seconds"
        case .cancelled:
            "cancelled; nothing was left behind"
        }
    }
}

extension TableError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty:
            "the file is empty; expected a heading line"
        case .invalidText(let encoding, _):
            "not \(encoding.name); save the file as \"CSV UTF-8\" and try again"
        case .zeroByte:
            "the file contains a zero byte, so it is not UTF-8 text but UTF-16 without a byte order mark or a binary file;"
                + " save it as \"CSV UTF-8\""
        case .unterminatedQuote:
            "the quote that opens here is never closed; close it, or double it if it belongs to the text"
        case .textAfterQuote:
            "text follows a closing quote; a quote inside a quoted cell is written twice (RFC 4180)"
        case .ragged(let found, let expected):
            "the row that begins here has \(counted(found, "column", "columns")) where the first line has \(expected)"
        case .rowTooLong(let limit):
            "the row that begins here is longer than \(limit) bytes"
        }
    }
}

extension HeadingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noOptOuts(let headings):
            "no column is recognised as saying who has opted out; the headings are \(Self.quoted(headings))"
        case .duplicate(let heading, let columns):
            "the heading \"\(heading)\" is above columns \(columns.map(String.init).joined(separator: " and "));"
                + " rename all but one"
        case .ambiguous(let field, let headings):
            "the columns \(Self.quoted(headings)) could all be \(field.heading), but only one can be"
        case .addressAmongHeadings(let address):
            "the first line has the e-mail address \(address), so it is a contact, not the heading line"
        case .noContactIDAndNoEmail(let headings):
            "no column is recognised as contact ID or e-mail address; the headings are \(Self.quoted(headings))"
        case .unknownMapping(let heading, let headings):
            "there is no column \"\(heading)\"; the headings are \(Self.quoted(headings))"
        }
    }

    private static func quoted(_ headings: [String]) -> String {
        headings.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}

extension ContactError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .duplicateID(let id, let firstLine):
            "the contact ID \"\(id)\" is in line \(firstLine) already; "
                + (RewrittenNumber(id) == .rounded
                    ? "a spreadsheet rounded both, so that different IDs became the same: format the column as text before"
                        + " it is exported"
                    : "every contact needs its own")
        case .id(let fault):
            "\(fault)"
        case .textInUnnamedColumn(let column):
            "there is text in column \(column), which has no heading; give it one"
        case .neitherIDNorEmail:
            "the contact has neither a contact ID nor an e-mail address"
        }
    }
}
