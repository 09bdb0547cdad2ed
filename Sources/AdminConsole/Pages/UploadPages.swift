import Distributions
import Glibc
import Hummingbird
import LinkToken

/// A contact file on its way into the library: uploaded, looked at, mapped, imported.
extension ConsoleService {
    func upload(_ call: Call) async throws -> Response {
        let (id, path, descriptor) = try uploads.begin()
        var isKept = false
        defer {
            Glibc.close(descriptor)
            if !isKept { unlink(path) }
        }
        let received = try await MultipartUpload.read(call.request, formToken: call.formToken, into: descriptor)
        guard received.byteCount > 0 else {
            return try listsPage(call, problem: "choose a file first; it must not be empty")
        }
        isKept = true
        uploads.keep(
            Uploads.Upload(
                id: id, fileName: received.fileName.isEmpty ? "contacts.csv" : received.fileName, path: path,
                user: call.user, receivedAt: call.now))
        try record(.uploaded, call, name: received.fileName, detail: "\(received.byteCount) bytes")
        return .seeOther("/contacts/uploads/\(id)")
    }

    func showUpload(_ call: Call) throws -> Response {
        try uploadPage(call, upload(of: call), draft: nil, problem: nil)
    }

    func importUpload(_ call: Call) throws -> Response {
        let upload = try upload(of: call)
        switch call.form["action"] {
        case "discard":
            uploads.remove(upload)
            return .seeOther("/contacts")
        case "check":
            return try uploadPage(call, upload, draft: call.form, problem: nil)
        default: break
        }
        let name = call.form["name"].trimmedSpaces
        let replaces = call.form["replace"] == "yes"
        do {
            let file = try Self.file(of: upload, mapped: call.form)
            if !replaces, try workspace.contacts.lists().contains(where: { $0.name == name }) {
                throw DistributionsError.exists(what: "contact list", name: name)
            }
            guard !name.isEmpty else {
                throw DistributionsError.invalid(what: "name", value: "", expected: "a name for the list")
            }
            let (user, address) = (call.user, call.origin.address)
            let id = try jobs.start(.importFile, name, total: nil, by: user, at: call.now) { [self] (_) in
                do {
                    let (list, report) = try workspace.contacts.importList(
                        file, name: name, replacing: replaces, at: clock())
                    uploads.remove(upload)
                    try record(
                        .imported, by: user, from: address, name: name, detail: "\(list.contacts) contacts")
                    return .imported(list, warnings: report.warnings)
                } catch {
                    try? record(.importFailed, by: user, from: address, name: name)
                    return .failed("\(error)")
                }
            }
            return .seeOther("/jobs/\(id)")
        } catch let error as DistributionsError {
            return try uploadPage(call, upload, draft: call.form, problem: Self.words(for: error))
        }
    }

    private func upload(of call: Call) throws -> Uploads.Upload {
        guard let upload = uploads.upload(call.parameters["upload"] ?? "", of: call.user) else {
            throw ConsoleRefusal.noSuchPage
        }
        return upload
    }

    /// The file as the form says it is to be read: what each column is, with nothing guessed.
    private static func file(
        of upload: Uploads.Upload, mapped form: FormFields
    ) throws(DistributionsError) -> ContactFile {
        var file = ContactFile(upload.path, name: upload.fileName)
        let headings = try headings(of: upload)
        for (column, heading) in headings.enumerated() {
            guard let field = ContactField(rawValue: form["column-\(column)"]) else { continue }
            file.map[heading] = field
        }
        file.recognizesHeadings = false
        return file
    }

    /// The same as the command line says, but for what it says of its options.
    private static func words(for error: DistributionsError) -> String {
        switch error {
        case .headings(let file, .noContactIDAndNoEmail):
            "\(file): choose below which column holds the contact ID or the e-mail address"
        case .headings(let file, .ambiguous(let field, let headings)):
            "\(file): \(headings.joined(separator: " and ")) are both taken for \(field.heading); choose one below"
        default: error.description
        }
    }

    private static func headings(of upload: Uploads.Upload) throws(DistributionsError) -> [String] {
        try firstRows(of: upload, 1).first ?? []
    }

    private static func firstRows(
        of upload: Uploads.Upload, _ count: Int
    ) throws(DistributionsError) -> [[String]] {
        var rows: [[String]] = []
        var row = CSVRow()
        do throws(DistributionsError) {
            var reader = try CSVReader(upload.path)
            while rows.count < count, try reader.read(into: &row) { rows.append(row.cells) }
        } catch {
            // What is wrong below the headings is listed with the other problems.
            guard !rows.isEmpty else { throw renamed(error, upload) }
        }
        return rows
    }

    /// The person knows the file by the name that it was uploaded under.
    private static func renamed(_ error: DistributionsError, _ upload: Uploads.Upload) -> DistributionsError {
        switch error {
        case .table(_, let line, let column, let fault):
            .table(file: upload.fileName, line: line, column: column, fault: fault)
        default: error
        }
    }

    private func uploadPage(
        _ call: Call, _ upload: Uploads.Upload, draft: FormFields?, problem: String?
    ) throws -> Response {
        var problem = problem
        var rows: [[String]] = []
        var check: ContactCheck?
        do throws(DistributionsError) {
            rows = try Self.firstRows(of: upload, 6)
            check = try ContactCheck(
                draft == nil
                    ? ContactFile(upload.path, name: upload.fileName) : Self.file(of: upload, mapped: draft!))
        } catch {
            problem = problem ?? Self.words(for: error)
        }
        let headings = rows.first ?? []
        let preset = draft?["name"] ?? Self.listName(for: upload.fileName)
        let columns = headings.enumerated().map { (column, heading) in
            let chosen =
                draft.map { ContactField(rawValue: $0["column-\(column)"]) }
                ?? check.map { (check) in check.columns.fields.first { $0.value == column }?.key }
                ?? ContactField(heading)
            return Self.column(
                column, heading, chosen: chosen,
                samples: rows.dropFirst().prefix(3).map { $0.count > column ? $0[column] : "" })
        }
        let problems = check?.problems ?? []
        return page(
            "upload", "Import \(upload.fileName)", in: .contacts,
            [
                "id": upload.id, "fileName": upload.fileName, "name": preset, "columns": columns,
                "hasColumns": !columns.isEmpty, "headings": headings,
                "rows": rows.dropFirst().map { ["cells": $0] as [String: Any] },
                "contacts": grouped(check?.report.contacts ?? 0), "hasCheck": check != nil,
                "problems": problems.map { ["line": $0.line, "reason": Self.sentence($0.reason)] as [String: Any] },
                "hasProblems": !problems.isEmpty, "problemCount": problems.count,
                "isCutShort": check?.isCutShort ?? false, "isClean": check != nil && problems.isEmpty,
                "warnings": (check?.report.warnings ?? []).map(Self.sentence), "replaces": draft?["replace"] == "yes",
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: draft != nil && problem != nil ? .unprocessableContent : .ok)
    }

    private static func column(
        _ column: Int, _ heading: String, chosen: ContactField?, samples: [String]
    ) -> [String: Any] {
        [
            "column": column, "heading": heading, "samples": samples.filter { !$0.isEmpty }.joined(separator: " · "),
            "isData": chosen == nil,
            "choices": ContactField.allCases.map {
                ["value": $0.rawValue, "title": $0.heading, "isChosen": $0 == chosen] as [String: Any]
            },
        ]
    }

    /// The file's name without its ending.
    private static func listName(for fileName: String) -> String {
        guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return fileName }
        return String(fileName[..<dot])
    }
}
