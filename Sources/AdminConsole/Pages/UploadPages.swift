import Distributions
import Encoding
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
                byteCount: received.byteCount, lineCount: received.lineCount, user: call.user, receivedAt: call.now))
        try record(.uploaded, call, name: received.fileName, detail: "\(received.byteCount) bytes")
        return .seeOther("/contacts/uploads/\(id)")
    }

    func showUpload(_ call: Call) throws -> Response {
        let upload = try upload(of: call)
        if let reading = uploads.reading(of: upload) {
            return try uploadPage(call, upload, draft: reading.form, reading, problem: nil)
        }
        return try read(upload, by: nil, call)
    }

    func importUpload(_ call: Call) throws -> Response {
        let upload = try upload(of: call)
        switch call.form["action"] {
        case "discard":
            uploads.remove(upload)
            return .seeOther("/contacts")
        case "check":
            return try read(upload, by: call.form, call)
        default: break
        }
        let name = call.form["name"].trimmed
        let replaces = call.form["replace"] == "yes"
        let file: ContactFile
        do throws(DistributionsError) {
            file = try Self.file(of: upload, mapped: call.form)
            try workspace.contacts.checkIsFree(name, replacing: replaces)
        } catch {
            let reading = uploads.reading(of: upload).flatMap { $0.isBy(call.form) ? $0 : nil }
            return try uploadPage(call, upload, draft: call.form, reading, problem: error)
        }
        let total = uploads.reading(of: upload)?.check?.report.contacts ?? upload.lineCount
        let id = try startImport(.importFile, name, total: total, call) { [self] (progress) in
            let (list, report) = try jobWorkspace.contacts.importList(
                file, name: name, replacing: replaces, at: clock(), progress: progress)
            uploads.remove(upload)
            return (list, report.warnings.map(\.description))
        }
        return .seeOther("/jobs/\(id)")
    }

    /// Reads all of the file and shows what was found: at once, or when a job has read it.
    private func read(_ upload: Uploads.Upload, by form: FormFields?, _ call: Call) throws -> Response {
        guard upload.byteCount > UploadReading.promptLimit else {
            let reading = Self.reading(of: upload, by: form)
            uploads.keep(reading, of: upload)
            return try uploadPage(call, upload, draft: form, reading, problem: nil)
        }
        let id = try jobs.start(
            .checkFile, upload.fileName, total: upload.lineCount, by: call.user, at: call.now
        ) { [uploads] (report) in
            uploads.keep(Self.reading(of: upload, by: form) { report($0, nil, nil) }, of: upload)
            return Task.isCancelled ? .failed("cancelled") : .checked(upload: upload.id)
        }
        return .seeOther("/jobs/\(id)")
    }

    private static func reading(
        of upload: Uploads.Upload, by form: FormFields?, progress: ContactLibrary.ContactProgress? = nil
    ) -> UploadReading {
        do throws(DistributionsError) {
            let file =
                if let form {
                    try Self.file(of: upload, mapped: form)
                } else {
                    Self.file(of: upload)
                }
            return UploadReading(form: form, check: try ContactCheck(file, progress: progress), problem: nil)
        } catch {
            return UploadReading(form: form, check: nil, problem: error)
        }
    }

    private func upload(of call: Call) throws -> Uploads.Upload {
        guard let upload = uploads.upload(call.parameters["upload"] ?? "", of: call.user) else {
            throw ConsoleRefusal.noSuchPage
        }
        return upload
    }

    /// The person knows it by the name that it was uploaded under.
    private static func file(of upload: Uploads.Upload) -> ContactFile {
        ContactFile(upload.path, name: upload.fileName)
    }

    /// The file as the form says it is to be read: what each column is, with nothing guessed.
    private static func file(
        of upload: Uploads.Upload, mapped form: FormFields
    ) throws(DistributionsError) -> ContactFile {
        var file = Self.file(of: upload)
        let headings = try headings(of: upload)
        for (column, heading) in headings.enumerated() {
            guard let field = ContactField(rawValue: form["column-\(column)"]) else { continue }
            file.map[heading] = field
        }
        file.recognizesHeadings = false
        return file
    }

    /// What is wrong, and what to do about it here.
    private static func words(for error: DistributionsError) -> String {
        switch error {
        case .headings(let file, .noContactIDAndNoEmail):
            "\(file): choose below which column holds the contact ID or the e-mail address"
        case .headings(_, .ambiguous): "\(error); choose it below"
        case .headings(_, .addressAmongHeadings):
            "\(error); add a line of headings to the file and upload it again"
        default: error.description
        }
    }

    private static func headings(of upload: Uploads.Upload) throws(DistributionsError) -> [String] {
        try file(of: upload).firstRows(1).first ?? []
    }

    /// - Parameters:
    ///   - reading: nil where nobody has read the file by that draft.
    ///   - problem: what is wrong with the draft beside that.
    private func uploadPage(
        _ call: Call, _ upload: Uploads.Upload, draft: FormFields?, _ reading: UploadReading?,
        problem: DistributionsError?
    ) throws -> Response {
        var problem = problem ?? reading?.problem
        var rows: [[String]] = []
        do throws(DistributionsError) {
            rows = try Self.file(of: upload).firstRows(6)
        } catch {
            problem = problem ?? error
        }
        let check = reading?.check
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
        let problems = check?.problems.first ?? []
        let more = check?.problems.more
        return page(
            "upload", "Import \(upload.fileName)", in: .contacts,
            [
                "id": upload.id, "fileName": upload.fileName, "name": preset, "columns": columns,
                "hasColumns": !columns.isEmpty, "headings": headings,
                "rows": rows.dropFirst().map { (row) in
                    ["cells": zip(headings, row).map { ["heading": $0, "value": $1] }] as [String: Any]
                },
                "contacts": grouped(check?.report.contacts ?? 0), "hasCheck": check != nil,
                "problems": problems.map { ["line": $0.line, "reason": Self.sentence($0.reason)] as [String: Any] },
                "hasProblems": !problems.isEmpty,
                "more": more.map(Self.sentence) ?? "", "hasMore": more != nil,
                "isClean": check != nil && problems.isEmpty,
                "warnings": (check?.report.warnings ?? []).map { Self.sentence($0.description) },
                "replaces": draft?["replace"] == "yes",
                "hasProblem": problem != nil, "problem": problem.map { Self.sentence(Self.words(for: $0)) } ?? "",
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
