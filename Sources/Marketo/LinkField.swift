import Distributions
import FoundationEssentials
import NIOCore

/// A custom field of leads that holds each one's personal link, for e-mails that Marketo sends: `{{lead.Field}}`.
public struct LinkField: Hashable, Sendable {
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
        guard let lead = Int(contact.externalDataReference), lead > 0 else { return nil }
        self.lead = lead
        self.link = link
    }
}

/// What came of writing links.
public struct LinkPush: Hashable, Sendable {
    /// Leads that have their link.
    public internal(set) var updated = 0
    /// Leads that Marketo passed over, and why. The others of their batch have their links.
    public internal(set) var skipped: [Skipped] = []

    public struct Skipped: Hashable, Sendable, Codable {
        public let lead: Int
        /// Such as `1004`.
        public let code: String
        public let message: String
    }

    public init() {}
}

extension MarketoClient {
    /// Writes links into a field of existing leads, 300 in a call. No lead is made, and doing it twice does it once.
    ///
    /// - Parameter links: gives the links one after the other, nil at the end.
    /// - Parameter push: what is done so far, which counts when an error ends it.
    public func write(
        _ field: LinkField, of links: () throws(MarketoError) -> LeadLink?, into push: inout LinkPush,
        progress: (@Sendable (_ leads: Int) -> Void)? = nil
    ) async throws(MarketoError) {
        var batch: [LeadLink] = []
        var isAtEnd = false
        while !isAtEnd {
            let link = try links()
            if let link { batch.append(link) }
            isAtEnd = link == nil
            guard isAtEnd ? !batch.isEmpty : batch.count == batchSize else { continue }
            try await write(field, of: batch, into: &push)
            batch.removeAll(keepingCapacity: true)
            progress?(push.updated + push.skipped.count)
        }
    }

    private func write(_ field: LinkField, of batch: [LeadLink], into push: inout LinkPush) async throws(MarketoError) {
        let body = LeadUpdate(field: field.name, links: batch)
        var call = Call(method: .post, path: "/rest/v1/leads.json")
        do {
            call.body = ByteBuffer(bytes: try JSONEncoder().encode(body))
        } catch {
            throw .field(field.name, reason: "\(error)")
        }
        let results = try await answer(to: call, of: RecordResult.self).result ?? []
        guard results.count == batch.count else {
            throw .answer(call: call.name, reason: "it has \(results.count) results for \(batch.count) leads")
        }
        // Results come in the order of the input; skipped ones have no ID to know them by.
        for (link, result) in zip(batch, results) {
            if result.status == "updated" {
                push.updated += 1
            } else {
                let reason = result.reasons?.first ?? Fault(code: result.status, message: "no reason was given")
                push.skipped.append(.init(lead: link.lead, code: reason.code, message: reason.message))
            }
        }
    }
}

/// The body of `POST /rest/v1/leads.json`.
private struct LeadUpdate: Encodable {
    let field: String
    let links: [LeadLink]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var body = encoder.container(keyedBy: Key.self)
        try body.encode("updateOnly", forKey: Key("action"))
        try body.encode("id", forKey: Key("lookupField"))
        var input = body.nestedUnkeyedContainer(forKey: Key("input"))
        for link in links {
            var lead = input.nestedContainer(keyedBy: Key.self)
            try lead.encode(link.lead, forKey: Key("id"))
            try lead.encode(link.link, forKey: Key(field))
        }
    }
}

private struct RecordResult: Decodable, Sendable {
    let status: String
    let reasons: [Fault]?
}
