import Consumption
import Distributions
import Hummingbird
import LinkToken

/// One contact's link: its status, the link itself, its QR code for print, and what can be changed for this person.
extension ConsoleService {
    func showLink(_ call: Call) async throws -> Response {
        let (distribution, serial, contact) = try link(of: call)
        let use = try await uses(of: distribution, at: call.now)[serial]
        let status = distribution.status(of: serial, use: use, at: call.now)
        var fields = linkFields(distribution, serial, contact)
        fields["status"] = status.title
        fields["statusClass"] = status.mood
        fields["reference"] = contact.externalDataReference
        fields["language"] = contact.language
        fields["expires"] = distribution.expiry(of: serial).time.endElement
        fields["started"] = use?.startedAt.element ?? ""
        fields["details"] = StartDetails.Field.allCases.map { ["label": $0.label, "value": use?.details[$0] ?? ""] }
        fields["finished"] = use?.finishedAt?.element ?? ""
        fields["data"] = zip(distribution.embeddedNames, contact.embeddedData).map { ["name": $0, "value": $1] }
        let revokedAt = distribution.revocations[serial]
        fields["revoked"] = revokedAt?.element ?? ""
        // The status may say what became of the survey instead.
        fields["isAlsoRevoked"] = revokedAt != nil && status != .linkRevoked && distribution.deletedAt == nil
        fields["isDeleted"] = distribution.deletedAt != nil
        fields["isRevoked"] = revokedAt != nil
        fields["isUsed"] = use != nil
        let note = Self.note(for: call.query["done"])
        (fields["message"], fields["hasMessage"]) = (note, !note.isEmpty)
        let isBroken = distribution.isBroken(serial)
        fields["hasLink"] = false
        if !isBroken {
            let text = try text(of: contact, serial, distribution)
            let code = QRCode(text)
            fields["hasLink"] = true
            fields["link"] = text
            fields["qr"] = code?.svg(title: "QR code of the link of \(contact[.contactID])") ?? ""
            fields["hasCode"] = code != nil
            try record(.linkShown, call, distribution, detail: "link \(serial)")
        }
        return page("link", fields["title"] as? String ?? "", in: .links, fields, for: call.session)
    }

    /// The QR code as a file, for a print layout.
    func drawLink(_ call: Call) throws -> Response {
        let (distribution, serial, contact) = try link(of: call)
        guard let code = QRCode(try text(of: contact, serial, distribution)) else { throw ConsoleRefusal.noSuchPage }
        try record(.linkShown, call, distribution, detail: "link \(serial), QR code")
        var response = Response.asset(
            Array(code.svg(title: "QR code of the link of \(contact[.contactID])").utf8), "image/svg+xml")
        response.headers[.contentDisposition] = Self.attachment("\(distribution.name) \(contact[.contactID]).svg")
        return response
    }

    /// What all pages about a link say of it.
    func linkFields(_ distribution: Distribution, _ serial: Serial, _ contact: Contact) -> [String: Any] {
        var fields = Self.fields(of: contact)
        fields["title"] = (fields["name"] as? String).flatMap { $0.isEmpty ? nil : $0 } ?? contact[.contactID]
        fields["distribution"] = distribution.id.description
        fields["distributionName"] = distribution.name
        fields["serial"] = serial.description
        fields["path"] = "/distributions/\(distribution.id)/links/\(serial)"
        return fields
    }

    func link(of call: Call) throws -> (Distribution, Serial, Contact) {
        let distribution = try distribution(of: call)
        guard let number = UInt32(call.parameters["serial"] ?? ""), number < distribution.contacts,
            let contact = try workspace.distributions.contact(at: Serial(rawValue: number), of: distribution.id)
        else { throw ConsoleRefusal.noSuchPage }
        return (distribution, Serial(rawValue: number), contact)
    }

    private func text(of contact: Contact, _ serial: Serial, _ distribution: Distribution) throws -> String {
        try workspace.distributions.minting(of: distribution, key: key(of: distribution), at: clock())
            .link(of: contact, at: serial)
    }
}
