import AsyncHTTPClient
import Distributions
import LinkToken

/// Marketo, as commands and the console know it.
public struct MarketoSource: ContactListSource {
    public static let name = "marketo"
    public static let title = "Marketo"
    public static let credentialNames = MarketoCredentials.names

    private static let http = MarketoClient.makeHTTPClient()

    private let client: MarketoClient
    private let notify: @Sendable (SourceNotice) -> Void

    /// - Throws: ``MarketoError/endpoint(_:)``, `SourceCredentialsError`.
    public init(_ credentials: SourceCredentials, notify: @escaping @Sendable (SourceNotice) -> Void) throws {
        self.notify = notify
        client = MarketoClient(try MarketoCredentials(credentials), http: Self.http) { (wait) in
            notify(
                .waiting(
                    "Marketo asked to call again later (\(wait.reason)); trying again in \(wait.duration.components.seconds) seconds"
                        + " (attempt \(wait.failures + 1) of \(wait.attempts))"))
        }
    }

    public func lists() async throws -> [MarketoList] {
        let lists = try await client.lists()
        do {
            return lists + (try await client.smartLists())
        } catch MarketoError.accessDenied {
            notify(.warning("smart lists are left out; they need the permission Access API > Read-Only Asset"))
            return lists
        }
    }

    public func supplier(
        of choice: SourceListChoice, fields: [String], at now: UnixTime
    ) async throws -> any ContactSupplier {
        let fields = try LeadFields(fields)
        return LeadFetch(of: try await list(choice), fields: fields, from: client, at: now) { [notify] (status) in
            notify(
                .waiting(
                    status == "Failed"
                        ? "Marketo failed to export the smart list; the next attempt begins in a minute or two"
                        : "Marketo exports the smart list (\(status.lowercased())), which takes minutes to hours"))
        }
    }

    private func list(_ choice: SourceListChoice) async throws(MarketoError) -> MarketoList {
        switch choice {
        case .key(let key):
            guard let reference = MarketoList.Reference(key) else { throw .listNotFound("\"\(key)\"") }
            return try await client.list(reference)
        case .number(let id, let kind): return try await client.list(MarketoList.Reference(kind, id))
        case .name(let name, .static): return try await client.list(named: name)
        case .name(let name, .smart): return try await client.smartList(named: name)
        }
    }
}

extension MarketoSource: LinkFieldSource {
    public static let recordName = "lead"
    public static let linkLengthLimit = LinkField.stringLengthLimit
    public static let linkFieldNotes = """
        Marketo's own e-mails carry the link as {{lead.FIELD}}, where FIELD is the REST name of a custom field. A field of \
        the type String holds 255 characters; longer links need a Text Area.
        """

    public var instance: String { client.credentials.endpoint.origin }

    public static func checkLinkField(_ name: String) throws { _ = try LinkField(name) }

    public static func hasRecord(_ contact: Contact) -> Bool { LeadLink(contact, link: "") != nil }

    public func writeLinks(
        _ links: sending () throws(DistributionsError) -> (contact: Contact, link: String)?, into field: String,
        written: inout LinkPush
    ) async throws {
        try await client.write(
            try LinkField(field),
            of: { () throws(MarketoError) in
                do throws(DistributionsError) {
                    while let next = try links() {
                        if let link = LeadLink(next.contact, link: next.link) { return link }
                    }
                    return nil
                } catch {
                    throw .workspace(error)
                }
            }, into: &written)
    }
}

extension MarketoList: SourceList {
    public var key: String { reference.description }

    public var place: String {
        [kind == .smart ? "smart list" : nil, programName, workspaceName].compactMap(\.self).joined(separator: ", ")
    }

    public static let headings = ["KIND", "ID", "NAME", "PROGRAM", "WORKSPACE", "CHANGED"]

    public var cells: [String] {
        [kind.rawValue, String(id), name, programName ?? "", workspaceName ?? "", updatedAt ?? ""]
    }
}
