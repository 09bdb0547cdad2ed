import Distributions
import Encoding
import Hummingbird
import LinkToken
import NIOCore

/// Lists as files, and the sample list.
extension ConsoleService {
    /// The list as Excel opens it with a double click, where the browser's language is the computer's.
    func exportList(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.query["name"])
        if call.request.method != .head { try record(.downloaded, call, name: list.name, detail: "contact list") }
        let (library, threads, dialect) = (workspace.contacts, downloadThreads, CSVDialect.excel(in: call.excelLocale))
        return Self.spreadsheet(
            named: "\(list.name).csv",
            ResponseBody { (writer) in
                try await withTaskExecutorPreference(threads) {
                    var export = try library.export(list, as: dialect)
                    while let bytes = try export.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                }
                try await writer.finish(nil)
            })
    }

    func downloadSample(_ call: Call) -> Response {
        Self.spreadsheet(
            named: "\(SampleContacts.listName).csv",
            ResponseBody(byteBuffer: ByteBuffer(bytes: SampleContacts.csv(as: .excel(in: call.excelLocale)))))
    }

    /// Imports the sample list, unless it is there already.
    func importSample(_ call: Call) throws -> Response {
        let name = SampleContacts.listName
        let library = workspace.contacts
        do throws(DistributionsError) {
            let list = try library.importSample(at: call.now)
            try? record(.imported, call, name: name, detail: "\(list.contacts) contacts")
        } catch {
            guard case .exists = error else { throw error }
        }
        return .seeOther("/contacts/list?name=\(name.percentEncoded)")
    }

    private static func spreadsheet(named name: String, _ body: ResponseBody) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present", .contentDisposition: attachment(name),
            ], body: body)
    }
}
