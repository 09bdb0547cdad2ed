import Cryptography
import LinkToken

/// A service that keeps lists of people, such as a marketing platform or an address book.
///
/// The commands, the console's pages and the names of the credentials follow from what a source says of itself. So a
/// source is a folder with a type that conforms to this protocol, and one line where the program registers it:
///
/// ```swift
/// let contactSources: [any ContactListSource.Type] = [MarketoSource.self]
/// ```
public protocol ContactListSource: Sendable {
    associatedtype List: SourceList

    /// As commands, addresses of pages and the records of imported lists name it, such as `marketo`.
    static var name: String { get }
    /// As people know it, such as `Marketo`.
    static var title: String { get }
    /// The variables that hold its credentials. They begin with `LINKSEAL_` and the source's name in capitals.
    static var credentialNames: [String] { get }

    /// - Parameters:
    ///   - credentials: with a value for each of ``credentialNames``.
    ///   - notify: called with what a person who waits should know.
    init(_ credentials: SourceCredentials, notify: @escaping @Sendable (SourceNotice) -> Void) throws

    /// The lists that can be imported.
    func lists() async throws -> [List]

    /// Returns the supplier of a list's contacts.
    ///
    /// - Parameters:
    ///   - choice: how the user named the list.
    ///   - fields: more fields, by the service's names, which become embedded data.
    ///   - now: the current time.
    /// - Throws: if a field can't be fetched, or if not exactly one list matches.
    func supplier(
        of choice: SourceListChoice, fields: [String], at now: UnixTime
    ) async throws -> any ContactSupplier
}

extension ContactListSource {
    public static var variablePrefix: String { "LINKSEAL_\(name.uppercased())_" }
}

/// A list of a service, as it is shown and chosen.
public protocol SourceList: Encodable, Sendable {
    /// What finds the list again. It is kept as ``ContactListOrigin/id``.
    var key: String { get }
    var name: String { get }
    /// What tells it from another list of that name, in words; empty where there is nothing to tell.
    var place: String { get }
    /// The columns of a table of lists.
    static var headings: [String] { get }
    /// The list's row in that table.
    var cells: [String] { get }
}

/// Which kind of list.
public enum SourceListKind: String, Hashable, Sendable, Codable {
    /// People were put into it.
    case `static`
    /// A question that the service answers anew each time.
    case smart
}

/// How a list is chosen.
public enum SourceListChoice: Hashable, Sendable {
    /// By ``SourceList/key``.
    case key(String)
    case name(String, SourceListKind)
    /// By the number that the service shows.
    case number(Int, SourceListKind)
}

/// What a person who waits for a service should know.
public enum SourceNotice: Hashable, Sendable {
    /// Why it takes longer.
    case waiting(String)
    /// What is left out.
    case warning(String)
}

/// A source whose records have a field for each person's link, so that e-mails of the service itself carry it.
public protocol LinkFieldSource: ContactListSource {
    associatedtype Skipped: Encodable & CustomStringConvertible & Sendable

    /// What the service calls a person's record, such as `lead`.
    static var recordName: String { get }
    /// What a person should know before writing links, for the help.
    static var linkFieldNotes: String { get }
    /// How many characters such a field holds, unless it is of a special type.
    static var linkLengthLimit: Int { get }

    /// - Throws: when no such field can hold links.
    static func checkLinkField(_ name: String) throws

    /// Whether the contact's external data reference can be that of a record.
    static func hasRecord(_ contact: Contact) -> Bool

    /// The address that ``ContactListOrigin/instance`` names.
    var instance: String { get }

    /// Writes links into a field of existing records. It can be repeated safely.
    ///
    /// - Parameters:
    ///   - links: returns the contacts and their links one after the other, and nil at the end.
    ///   - field: the field of the records.
    ///   - written: updated as links are written, so it is correct even if an error is thrown.
    func writeLinks(
        _ links: sending () throws(DistributionsError) -> (contact: Contact, link: String)?, into field: String,
        written: inout WrittenLinks<Skipped>
    ) async throws
}

/// What came of writing links into records.
public struct WrittenLinks<Skipped: Sendable>: Sendable {
    /// How many records have their link.
    public var updated = 0
    /// Records that the service passed over, and why.
    public var skipped: [Skipped] = []

    public init() {}
}

/// An error of a contact source.
public protocol ContactSourceError: Error, CustomStringConvertible {
    /// What a person can do, where that depends on the program.
    var remedy: SourceRemedy? { get }
}

/// What a person can do about an error of a source.
public enum SourceRemedy: Hashable, Sendable {
    case giveCredentials
    /// Choose one of the lists that the source of this name has.
    case chooseList(source: String)
    /// Choose a list by its number.
    case chooseByNumber
    /// Try again later.
    case retry
    /// Try again later; what was fetched so far is kept.
    case resume
}
