/// What a person should know about contacts that were read, although they were taken in.
public enum ContactWarning: Hashable, Sendable {
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
}

extension ContactWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .emailColumn(let heading):
            "the column \"\(heading)\" holds e-mail addresses and was taken for Email"
        case .likelyField(let heading, let field):
            "the column \"\(heading)\" may be \(field.heading); it was taken in as embedded data"
        case .ignoredColumns(let headings):
            "columns not taken in, as links are never stored: \(headings.joined(separator: ", "))"
        case .emailsAsIDs(let count, let firstLine):
            "\(count) contact ID(s) look like e-mail addresses (the first in line \(firstLine));"
                + " contact IDs are readable in the links"
        case .sharedEmails(let count):
            "\(count) contact(s) share an e-mail address with one before; each gets a link"
        case .withoutEmail(let count):
            "\(count) contact(s) have no e-mail address"
        }
    }
}
