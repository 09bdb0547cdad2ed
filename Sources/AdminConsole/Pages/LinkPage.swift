import Consumption
import Distributions
import Hummingbird
import LinkToken

/// One contact's link: its status, the link itself, its QR code for print, and revoking it.
extension ConsoleService {
    func showLink(_ call: Call) async throws -> Response {
        let (distribution, serial, contact) = try link(of: call)
        let use = try await uses(of: distribution, at: call.now)[serial]
        let status = distribution.status(of: serial, use: use, at: call.now)
        var fields = Self.fields(of: contact)
        fields["title"] = (fields["name"] as? String).flatMap { $0.isEmpty ? nil : $0 } ?? contact[.contactID]
        fields["distribution"] = distribution.id.description
        fields["distributionName"] = distribution.name
        fields["serial"] = serial.description
        fields["status"] = status.rawValue
        fields["statusClass"] = Self.mood(of: status)
        fields["reference"] = contact.externalDataReference
        fields["language"] = contact.language
        fields["started"] = use?.startedAt.short ?? ""
        fields["details"] = StartDetails.Field.allCases.map { ["label": $0.label, "value": use?.details[$0] ?? ""] }
        fields["finished"] = use?.finishedAt?.short ?? ""
        fields["data"] = zip(distribution.embeddedNames, contact.embeddedData).map { ["name": $0, "value": $1] }
        let isBroken = distribution.isBroken(serial)
        fields["isRevocable"] = !isBroken
        fields["hasLink"] = false
        if !isBroken {
            let text = try text(of: contact, serial, distribution)
            fields["hasLink"] = true
            fields["link"] = text
            fields["qr"] = QRCode(text)?.svg(title: "QR code of the link of \(contact[.contactID])") ?? ""
            fields["hasCode"] = QRCode(text) != nil
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

    func revoke(_ call: Call) throws -> Response {
        let (distribution, serial, _) = try link(of: call)
        let revoked = try workspace.distributions.revoke(distribution.id, serials: [serial], at: call.now)
        return try finish(
            call, .revoked, revoked, detail: "link \(serial)", to: "/distributions/\(revoked.id)?done=revoked")
    }

    private func link(of call: Call) throws -> (Distribution, Serial, Contact) {
        let distribution = try distribution(of: call)
        guard let number = UInt32(call.parameters["serial"] ?? ""), number < distribution.contacts,
            let contact = try workspace.distributions.contact(at: Serial(rawValue: number), of: distribution.id)
        else { throw ConsoleRefusal.noSuchPage }
        return (distribution, Serial(rawValue: number), contact)
    }

    private func text(of contact: Contact, _ serial: Serial, _ distribution: Distribution) throws -> String {
        let library = workspace.distributions
        let key = try library.key(for: distribution, in: workspace.keyring(), passphrase: configuration.passphrase)
        return try library.minting(of: distribution, key: key, at: clock()).link(of: contact, at: serial)
    }
}
