import Encoding

/// What a contact file was taken for, and what was repaired, left out or looks wrong in it.
public struct ContactFindings: Hashable, Sendable {
    /// Which column was taken for what. Nil where the contacts come from no file.
    public internal(set) var columns: ContactColumns?
    /// Rows without any text, which were passed over.
    public internal(set) var blankRows = 0
    /// Why the file is probably not in the encoding that a person gave.
    var encodingDoubt: EncodingDoubt?
    /// Rows with fewer cells than the first line; the missing cells are empty.
    var shortRows = LineList()
    /// Rows with more cells than the first line; the additional cells are empty.
    var longRows = LineList()
    /// Addresses that were wrapped in something, and were repaired.
    var repairedEmails = LineList()
    /// Invalid e-mail addresses, which are kept as they are.
    var invalidEmails = LineList()
    /// Rows that say nothing of a person, such as a total.
    var footers = LineList()
    /// IDs and references whose last digits a spreadsheet removed, such as `4.91513E+11`.
    var roundedIDs = LineList()
    /// IDs and references with a decimal place, such as `101.0`.
    var decimalIDs = LineList()
    /// Contacts who want no mail.
    public internal(set) var optedOut = LineList()
    /// Whether these were left out.
    public internal(set) var skipsOptedOut = false
    /// Contacts about whom such a column says neither yes nor no.
    var unclearOptOuts = LineList()
    /// Contacts who have a link of the distribution that they were to be added to, and were left out.
    public internal(set) var recipients = LineList()
    /// Contacts who were added although somebody with another contact ID and the same address has a link.
    var sharedAddresses = LineList()

    var warnings: [ContactWarning] {
        let lists: [(LineList, (LineList) -> ContactWarning)] = [
            (shortRows, ContactWarning.shortRows), (longRows, ContactWarning.longRows),
            (repairedEmails, ContactWarning.repairedEmails), (invalidEmails, ContactWarning.invalidEmails),
            (footers, ContactWarning.footers), (roundedIDs, ContactWarning.roundedIDs),
            (decimalIDs, ContactWarning.decimalIDs),
            (optedOut, { [skipsOptedOut] in .optedOut($0, areSkipped: skipsOptedOut) }),
            (unclearOptOuts, ContactWarning.unclearOptOuts), (recipients, ContactWarning.recipients),
            (sharedAddresses, ContactWarning.sharedAddresses),
        ]
        return (encodingDoubt.map { [.encoding($0)] } ?? []) + (columns?.warnings ?? [])
            + lists.filter { !$0.0.isEmpty }.map { $1($0) }
    }
}

/// What a person should know about contacts that were read, although they were taken in.
public enum ContactWarning: Hashable, Sendable {
    /// The file is probably not in the encoding that a person gave.
    case encoding(EncodingDoubt)
    /// A column was taken for the e-mail addresses because of its values; its heading.
    case emailColumn(heading: String)
    /// A column is embedded data and may be a field.
    case likelyField(heading: String, ContactField)
    /// Columns of links, statuses and their times, which are never stored; their headings.
    case ignoredColumns([String])
    /// IDs that are e-mail addresses, and the line of the first.
    case emailsAsIDs(Int, firstLine: Int)
    /// Contacts whose e-mail address came before.
    case sharedEmails(Int)
    case withoutEmail(Int)
    /// Rows with fewer cells than the first line; the missing cells are empty.
    case shortRows(LineList)
    /// Rows with more cells than the first line; the additional cells are empty and were dropped.
    case longRows(LineList)
    /// Addresses from which `mailto:`, brackets, spaces or invisible characters were removed.
    case repairedEmails(LineList)
    /// Text in place of an e-mail address.
    case invalidEmails(LineList)
    /// Rows that are about nobody, such as a total.
    case footers(LineList)
    /// IDs and references whose last digits a spreadsheet removed.
    case roundedIDs(LineList)
    /// IDs and references with a decimal place that a spreadsheet may have added.
    case decimalIDs(LineList)
    /// Contacts about whom a column says that they want no mail.
    case optedOut(LineList, areSkipped: Bool)
    /// Contacts about whom such a column says neither yes nor no.
    case unclearOptOuts(LineList)
    /// Contacts who have a link already, and were left out.
    case recipients(LineList)
    /// Contacts who have the address of somebody with a link, and another contact ID.
    case sharedAddresses(LineList)
}

extension ContactWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .encoding(.marked(let encoding, let given)):
            "the file was read as \(encoding.name), according to its byte order mark, and not as \(given.name)"
        case .encoding(.readsAsUTF8(let given)):
            "the file was read as \(given.name), although it is also valid UTF-8"
        case .emailColumn(let heading):
            "the column \"\(heading)\" holds e-mail addresses and was imported as Email"
        case .likelyField(let heading, let field):
            "the column \"\(heading)\" may be \(field.heading); it was imported as embedded data"
        case .ignoredColumns(let headings):
            "columns not imported, because links are never stored: \(headings.joined(separator: ", "))"
        case .emailsAsIDs(let count, let firstLine):
            counted(count, "contact ID looks like an e-mail address", "contact IDs look like e-mail addresses")
                + " (the first in line \(firstLine)); contact IDs are readable in the links"
        case .sharedEmails(let count):
            counted(count, "contact shares its", "contacts share their")
                + " e-mail address with an earlier one; each gets a link"
        case .withoutEmail(let count):
            counted(count, "contact has no e-mail address", "contacts have no e-mail address")
        case .shortRows(let lines):
            Self.text(
                lines, "row is shorter than the first line; its missing cells were taken as empty",
                "rows are shorter than the first line; their missing cells were taken as empty")
        case .longRows(let lines):
            Self.text(
                lines, "row has empty cells after its last column, which were dropped",
                "rows have empty cells after their last column, which were dropped")
        case .repairedEmails(let lines):
            Self.text(lines, "e-mail address was repaired", "e-mail addresses were repaired")
                + ": \"mailto:\", brackets, spaces or invisible characters were removed"
        case .invalidEmails(let lines):
            Self.text(
                lines, "cell has something other than one e-mail address; mail to it won't arrive",
                "cells have something other than one e-mail address; mail to them won't arrive")
        case .footers(let lines):
            Self.text(
                lines, "row looks like a total or a footer and was taken as a contact",
                "rows look like totals or footers and were taken as contacts")
        case .roundedIDs(let lines):
            Self.text(lines, "ID was rounded by a spreadsheet", "IDs were rounded by a spreadsheet")
                + ", as in 4.91513E+11, and their last digits are lost; format the column as text before it is exported"
        case .decimalIDs(let lines):
            Self.text(lines, "ID has a decimal place", "IDs have a decimal place")
                + ", as in 101.0, which a spreadsheet may have added"
        case .optedOut(let lines, areSkipped: true):
            Self.text(lines, "contact has opted out and was left out", "contacts have opted out and were left out")
        case .optedOut(let lines, areSkipped: false):
            Self.text(lines, "contact has opted out and was imported", "contacts have opted out and were imported")
        case .unclearOptOuts(let lines):
            Self.text(
                lines, "contact was imported although the opt-out column says neither yes nor no",
                "contacts were imported although the opt-out column says neither yes nor no")
        case .recipients(let lines):
            Self.text(
                lines, "contact has a link of this distribution already and was left out, with the data they had",
                "contacts have a link of this distribution already and were left out, with the data they had")
        case .sharedAddresses(let lines):
            Self.text(
                lines, "contact has the e-mail address of another recipient and another contact ID; both have a link",
                "contacts have the e-mail addresses of other recipients and other contact IDs; all of them have links")
        }
    }

    private static func text(_ lines: LineList, _ one: String, _ several: String) -> String {
        counted(lines.count, one, several) + (lines.first.isEmpty ? "" : " (\(lines))")
    }
}

/// Lines of a file that have something in common: how many there are, and the first twenty. Contacts that come from no file
/// have no lines, and are counted only.
public struct LineList: Hashable, Sendable {
    public private(set) var count = 0
    /// Lines count from 1.
    public private(set) var first: [Int] = []

    /// As many as a person may want to look at.
    static let limit = 20

    init() {}

    var isEmpty: Bool { count == 0 }

    mutating func append(_ line: Int?) {
        count += 1
        if let line, first.count < Self.limit { first.append(line) }
    }
}

extension LineList: CustomStringConvertible {
    /// `line 3`, `lines 3 and 7`, `lines 3, 7, 12 and 40 more`.
    public var description: String {
        var words = first.map(String.init)
        if count > first.count { words.append("\(count - first.count) more") }
        let last = words.popLast() ?? ""
        return (count == 1 ? "line " : "lines ")
            + (words.isEmpty ? last : words.joined(separator: ", ") + " and " + last)
    }
}
