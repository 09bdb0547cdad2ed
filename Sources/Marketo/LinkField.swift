import Distributions
import FoundationEssentials
import NIOCore

/// A custom field of leads that holds each one's personal link, for e-mails that Marketo sends: `{{lead.Field}}`.
public struct LinkField: Hashable, Sendable {
    /// How many characters Marketo keeps in a field of the type String.
    public static let stringLengthLimit = 255

    /// Marketo's REST name of it.
    public let name: String

    /// - Throws: ``MarketoError/field(_:reason:)``.
    public init(_ name: String) throws(MarketoError) {
        guard LeadFields.isName(name) else {
            throw .field(name, reason: "expected Marketo's REST name of a custom field, such as surveyLink")
        }
        guard !["id", "email", "firstname", "lastname"].contains(name.lowercased()) else {
            throw .field(name, reason: "its text would be replaced by links; expected a custom field")
        }
        self.name = name
    }
}

/// A lead's personal link.
public struct LeadLink: Hashable, Sendable {
    public let lead: Int
    public let link: String

    /// Nil unless the contact's external data reference is a lead's ID.
    public init?(_ contact: Contact, link: String) {
        guard let lead = Int(contact.externalDataReference), lead > 0,
            String(lead) == contact.externalDataReference
        else { return nil }
        self.lead = lead
        self.link = link
    }
}

/// What came of writing links into leads. The others of a batch with a skipped lead have their links.
public typealias LinkPush = WrittenLinks<SkippedLead>

/// A lead that Marketo passed over, and why.
public struct SkippedLead: Hashable, Sendable, Encodable, CustomStringConvertible {
    public let lead: Int
    /// Such as `1004`.
    public let code: String
    public let message: String

    public var description: String { "lead \(lead) was passed over: \(message) (\(code))" }
}

extension MarketoClient {
    /// Writes links into a field of existing leads. It creates no leads and can be repeated safely.
    ///
    /// A call holds at most 300 leads and less than a megabyte, because Marketo refuses larger ones (413).
    ///
    /// - Parameters:
    ///   - field: the field of the leads.
    ///   - links: returns one link after the other, and nil at the end.
    ///   - push: updated as links are written, so it is correct even if an error is thrown.
    public func write(
        _ field: LinkField, of links: () throws(MarketoError) -> LeadLink?, into push: inout LinkPush
    ) async throws(MarketoError) {
        var update = LeadUpdate(field: field)
        while let link = try links() {
            if try update.append(link) { continue }
            try await send(update, into: &push)
            update = LeadUpdate(field: field)
            guard try update.append(link) else {
                throw .field(field.name, reason: "a link is too long for a call")
            }
        }
        guard !update.leads.isEmpty else { return }
        try await send(update, into: &push)
    }

    private func send(_ update: LeadUpdate, into push: inout LinkPush) async throws(MarketoError) {
        let call = Call(method: .post, path: "/rest/v1/leads.json", body: update.body)
        let results = try await answer(to: call, of: RecordResult.self).result ?? []
        guard results.count == update.leads.count else {
            throw .answer(call: call.name, reason: "it has \(results.count) results for \(update.leads.count) leads")
        }
        // Results come in the order of the input; skipped ones have no ID to know them by.
        for (lead, result) in zip(update.leads, results) {
            if result.status == "updated" {
                push.updated += 1
            } else {
                let reason = result.reasons?.first ?? AnswerError(code: result.status, message: "no reason was given")
                push.skipped.append(SkippedLead(lead: lead, code: reason.code, message: reason.message))
            }
        }
    }
}

/// The body of `POST /rest/v1/leads.json`, as it grows.
private struct LeadUpdate {
    /// Marketo documents "1MB"; this is below either meaning of that.
    private static let byteLimit = 1_000_000
    private static let head = #"{"action":"updateOnly","lookupField":"id","input":["#
    private static let tail = "]}"

    let field: LinkField
    private(set) var leads: [Int] = []
    private var records = ByteBuffer()

    init(field: LinkField) { self.field = field }

    var body: ByteBuffer {
        var body = ByteBuffer(string: Self.head)
        body.writeImmutableBuffer(records)
        body.writeString(Self.tail)
        return body
    }

    /// False when there is no room for it, and it is not in then.
    mutating func append(_ link: LeadLink) throws(MarketoError) -> Bool {
        let record: Data
        do {
            record = try JSONEncoder().encode(Record(field: field.name, link: link))
        } catch {
            throw .field(field.name, reason: "\(error)")
        }
        let length = Self.head.utf8.count + records.readableBytes + 1 + record.count + Self.tail.utf8.count
        guard leads.count < batchSize, length <= Self.byteLimit else { return false }
        if !leads.isEmpty { records.writeString(",") }
        records.writeBytes(record)
        leads.append(link.lead)
        return true
    }

    private struct Record: Encodable {
        let field: String
        let link: LeadLink

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: FieldKey.self)
            try container.encode(link.lead, forKey: FieldKey("id"))
            try container.encode(link.link, forKey: FieldKey(field))
        }
    }

    private struct FieldKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

private struct RecordResult: Decodable, Sendable {
    let status: String
    let reasons: [AnswerError]?
}
