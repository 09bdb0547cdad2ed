import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import LinkToken

/// The QR codes of many recipients on a page that is made to be printed.
extension ConsoleService {
    private static let codesPerPage = 48

    func showCodes(_ call: Call) async throws -> Response {
        let distribution = try distribution(of: call)
        let filter = RecipientFilter(call.query)
        let page = Paging(call.query["page"], count: distribution.contacts, size: Self.codesPerPage).page
        let uses = try await uses(of: distribution, at: call.now)
        let found = try recipients(
            of: distribution, uses, matching: filter, isUsable: true, page: page, size: Self.codesPerPage, at: call.now)
        let minting = try workspace.distributions.minting(of: distribution, key: key(of: distribution), at: call.now)
        var tooLong = 0
        let codes = try found.rows.map { (recipient) in
            var fields = Self.fields(of: recipient.contact)
            let link = try minting.link(of: recipient.contact, at: recipient.serial)
            let code = QRCode(link)
            if code == nil { tooLong += 1 }
            fields["link"] = link
            fields["hasCode"] = code != nil
            fields["code"] = code?.svg(title: "QR code of the link of \(recipient.contact[.contactID])") ?? ""
            return fields
        }
        if !codes.isEmpty {
            try record(.linkShown, call, distribution, detail: counted(codes.count, "QR code", "QR codes"))
        }
        let path = "/distributions/\(distribution.id)/qr?\(filter.query)"
        var fields: [String: Any] = [
            "id": distribution.id.description, "title": distribution.name, "codes": codes, "hasCodes": !codes.isEmpty,
            "isFiltered": filter.isNarrow, "hasPrevious": page > 1, "previous": "\(path)&page=\(page - 1)",
            "hasNext": found.hasMore, "next": "\(path)&page=\(page + 1)", "page": page,
            "isPaged": page > 1 || found.hasMore, "hasTooLong": tooLong > 0,
            "tooLong": counted(tooLong, "link is", "links are"),
        ]
        fields.merge(filter.fields) { $1 }
        return self.page("qr-sheet", "QR codes of \(distribution.name)", in: .links, fields, for: call.session)
    }
}
