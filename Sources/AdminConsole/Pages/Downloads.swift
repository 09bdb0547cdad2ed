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

    func download(_ call: Call, _ spreadsheet: Spreadsheet) async throws -> Response {
        let distribution = try distribution(of: call)
        let library = workspace.distributions
        var layout = SpreadsheetLayout()
        layout.mailMerge = MailMerge(id: call.query["tool"])
        // A double click opens it correctly, unless a program that imports it is named.
        if call.query["tool"].isEmpty { layout.csv = .excel(in: call.excelLocale) }
        layout.showsTimes = spreadsheet == .statuses
        let uses = spreadsheet == .links ? nil : try await uses(of: distribution, at: call.now)
        let key = try library.key(for: distribution, in: workspace.keyring(), passphrase: configuration.passphrase)
        let audience = spreadsheet == .reminder ? ReminderAudience.notStarted : nil
        let minting = try library.minting(
            of: library.sign(distribution.id, with: key, at: call.now), layout: layout,
            statuses: audience?.statuses(under: distribution.resume) ?? [], uses: uses, key: key, at: call.now)
        if call.request.method != .head {
            try record(.downloaded, call, distribution, detail: spreadsheet.rawValue)
        }
        let (threads, actor) = (downloadThreads, DistributionChange.actor)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: Self.attachment("\(distribution.name) \(spreadsheet.rawValue).csv"),
            ],
            body: ResponseBody { (writer) in
                try await withTaskExecutorPreference(threads) {
                    let counts = try await minting.write { (bytes) in try await writer.write(ByteBuffer(bytes: bytes)) }
                    guard let audience else { return }
                    try DistributionChange.$actor.withValue(actor) {
                        try library.recordReminder(audience, recipients: counts.links, by: minting, at: call.now)
                    }
                }
                try await writer.finish(nil)
            })
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
