import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import LinkToken
import NIOCore
import Trust

/// Spreadsheets of links. They are minted into the response while it is sent, so none lies on a disk, and a million of
/// them take no more memory than ten.
extension ConsoleService {
    enum Spreadsheet: String, Sendable {
        /// As generating writes it.
        case links
        /// With what became of each link.
        case statuses
        /// Only those whose survey nobody started.
        case reminder
    }

    /// A form that posts records that it was a reminder; a link that is only followed changes nothing.
    func download(_ call: Call, _ spreadsheet: Spreadsheet) async throws -> Response {
        let distribution = try distribution(of: call)
        let library = workspace.distributions
        let options = call.request.method == .post ? call.form : call.query
        var layout = SpreadsheetLayout()
        switch SpreadsheetTarget(options["tool"]) {
        case .spreadsheetProgram: layout.csv = .excel(in: call.excelLocale)
        case .workbook: layout.format = .xlsx
        case .mailMerge(let tool): layout.mailMerge = tool
        case .plain: break
        }
        layout.showsTimes = spreadsheet == .statuses
        let uses = spreadsheet == .links ? nil : try await uses(of: distribution, at: call.now)
        let key = try key(of: distribution)
        let audience = spreadsheet == .reminder ? ReminderAudience(rawValue: options["to"]) ?? .notStarted : nil
        if audience != nil, try !outdatedEdges(at: call.now).isEmpty {
            return try await reminderPage(call, distribution, isRefused: true)
        }
        let statuses = audience?.statuses(under: distribution.resume) ?? []
        if audience != nil, statuses.isEmpty { return try await reminderPage(call, distribution, isRefused: true) }
        let minting = try library.minting(
            of: library.sign(distribution.id, with: key, at: call.now), layout: layout,
            only: Self.serials(options, of: distribution), statuses: statuses, uses: uses, key: key, at: call.now)
        if call.request.method != .head {
            try record(.downloaded, call, distribution, detail: spreadsheet.rawValue)
        }
        let (threads, actor) = (downloadThreads, DistributionChange.actor)
        return Response(
            status: .ok,
            headers: [
                .contentType: layout.format == .xlsx
                    ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                    : "text/csv; charset=utf-8; header=present",
                .contentDisposition: Self.attachment(
                    "\(distribution.name) \(spreadsheet.rawValue).\(layout.format.rawValue)"),
            ],
            body: ResponseBody { (writer) in
                try await withTaskExecutorPreference(threads) {
                    let counts = try await minting.write { (bytes) in try await writer.write(ByteBuffer(bytes: bytes)) }
                    guard let audience else { return }
                    try DistributionChange.$actor.withValue(actor) {
                        _ = try library.recordReminder(audience, recipients: counts.links, by: minting, at: call.now)
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// Only those links that a page names by their places, such as those of contacts who were added together.
    private static func serials(_ options: FormFields, of distribution: Distribution) -> Set<Serial>? {
        guard let first = UInt32(options["first"]), let count = UInt32(options["count"]),
            UInt64(first) + UInt64(count) <= UInt64(distribution.contacts)
        else { return nil }
        return Set((first..<first + count).map { Serial(rawValue: $0) })
    }

    /// A name for a download (RFC 6266): plain for old browsers, exact for the others, and never a path.
    static func attachment(_ name: String) -> String {
        let name = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { (scalar) in
                    scalar.value < 0x20 || scalar.value == 0x7F || "/\\:*?\"<>|".unicodeScalars.contains(scalar)
                        ? "-" : scalar
                })
        ).trimmed
        let plain = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { $0.isASCII && $0 != "%" && $0 != ";" ? $0 : "_" }))
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(name.percentEncoded)"
    }
}

extension HTTPField.Name {
    static let contentDisposition = HTTPField.Name("Content-Disposition")!
}
