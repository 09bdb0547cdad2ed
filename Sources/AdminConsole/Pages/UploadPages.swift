import Distributions
import Encoding
import Glibc
import Hummingbird
import LinkToken

/// A contact file on its way into the library: uploaded, looked at, mapped, imported.
extension ConsoleService {
    func upload(_ call: Call) async throws -> Response {
        guard let (upload, _) = try await receiveUpload(call, named: "contacts.csv") else {
            return try listsPage(call, problem: "choose a file first; it must not be empty", at: .file)
        }
        return .seeOther("/contacts/uploads/\(upload.id)")
    }

    /// Keeps the file of a form for the user who sent it.
    ///
    /// - Parameters:
    ///   - distribution: what the file is about, for the audit trail.
    ///   - name: what it is called if the browser doesn't say.
    /// - Returns: the upload and the other fields of the form; nil if the file is missing or empty.
    func receiveUpload(
        _ call: Call, for distribution: Distribution? = nil, named name: String
    ) async throws -> (upload: Uploads.Upload, fields: FormFields)? {
        let (id, path, descriptor) = try uploads.begin()
        var isKept = false
        defer {
            Glibc.close(descriptor)
            if !isKept { unlink(path) }
        }
        let received = try await MultipartUpload.read(call.request, formToken: call.formToken, into: descriptor)
        guard received.byteCount > 0 else { return nil }
        isKept = true
        let replaced = received.fields["replaces"]
        let upload = Uploads.Upload(
            id: id, fileName: received.fileName.isEmpty ? name : received.fileName, path: path,
            byteCount: received.byteCount, lineCount: received.lineCount, user: call.user, receivedAt: call.now,
            replacedList: replaced.isEmpty ? nil : replaced, distribution: distribution?.id)
        uploads.keep(upload)
        try record(.uploaded, call, distribution, name: received.fileName, detail: "\(received.byteCount) bytes")
        return (upload, received.fields)
    }

    func showUpload(_ call: Call) throws -> Response {
        let upload = try upload(of: call)
        if let reading = uploads.reading(of: upload) { return try uploadPage(call, upload, reading) }
        return try read(upload, by: nil, call)
    }

    func importUpload(_ call: Call) throws -> Response {
        let upload = try upload(of: call)
        switch call.form["action"] {
        case "discard":
            uploads.remove(upload)
            return .seeOther("/contacts")
        case "import": break
        default: return try read(upload, by: call.form, call)
        }
        // What is imported is what the page said of the file.
        var reading = uploads.reading(of: upload).flatMap { $0.isBy(call.form) ? $0 : nil }
        if reading == nil, upload.isPrompt { reading = keepReading(of: upload, by: call.form) }
        guard let reading else { return try read(upload, by: call.form, call) }
        let name = call.form["name"].trimmed
        let replaces = call.form["replace"] == "yes"
        guard reading.review.canImport, nameProblem(name, replacing: replaces) == nil else {
            return try uploadPage(call, upload, reading)
        }
        let file = reading.review.file
        let id = try startImport(
            .importFile, name, total: reading.review.check?.report.contacts ?? upload.lineCount, call, of: upload
        ) { [self] (progress) in
            let (list, report) = try jobWorkspace.contacts.importList(
                file, name: name, replacing: replaces, at: clock(), progress: progress)
            uploads.remove(upload)
            return (list, report.warnings.map(\.description))
        }
        return .seeOther("/jobs/\(id)")
    }

    /// Reads all of the file and shows what was found: at once, or when a job has read it.
    private func read(_ upload: Uploads.Upload, by form: FormFields?, _ call: Call) throws -> Response {
        guard !upload.isPrompt else { return try uploadPage(call, upload, keepReading(of: upload, by: form)) }
        let id = try jobs.start(
            .checkFile, upload.fileName, total: upload.lineCount, by: call.user, at: call.now
        ) { [self] (report) in
            _ = keepReading(of: upload, by: form) { report($0, nil, nil) }
            return Task.isCancelled ? .failed("cancelled") : .shown(at: "/contacts/uploads/\(upload.id)")
        }
        return .seeOther("/jobs/\(id)")
    }

    private func keepReading(
        of upload: Uploads.Upload, by form: FormFields?, progress: ContactLibrary.ContactProgress? = nil
    ) -> UploadReading {
        let reading = UploadReading(
            form: form, review: ContactFileReview(of: upload, by: form, progress: progress))
        uploads.keep(reading, of: upload)
        return reading
    }

    private func upload(of call: Call) throws -> Uploads.Upload {
        guard let upload = uploads.upload(call.parameters["upload"] ?? "", of: call.user) else {
            throw ConsoleRefusal.noSuchUpload
        }
        return upload
    }

    /// Why the list can't have that name.
    func nameProblem(_ name: String, replacing: Bool) -> DistributionsError? {
        do throws(DistributionsError) {
            try workspace.contacts.checkIsFree(name, replacing: replacing)
            return nil
        } catch {
            return error
        }
    }

    /// - Parameter reading: what is shown. Its form counts unless the call has one.
    private func uploadPage(_ call: Call, _ upload: Uploads.Upload, _ reading: UploadReading) throws -> Response {
        let draft = call.form.has("name") ? call.form : reading.form
        let review = reading.review
        let lists = try workspace.contacts.lists()
        let name = draft.map { $0["name"].trimmed } ?? upload.replacedList ?? Self.listName(for: upload.fileName)
        let replaced = lists.first { $0.name == name }
        let replaces = draft.map { $0["replace"] == "yes" } ?? (upload.replacedList == name)
        let nameProblem = nameProblem(name, replacing: replaces)
        let problem = review.problem.map { UploadProblem($0, in: review) }
        uploads.note(failure: nil, of: upload)
        let isAsked = call.form["action"] == "import"
        let changes =
            review.canImport && nameProblem == nil ? changes(of: replaced, by: review.file, upload) : nil
        var fields: [String: Any] = [
            "id": upload.id, "fileName": upload.fileName, "isLive": upload.isPrompt,
            "problem": problem?.text ?? "", "hasProblem": problem != nil,
            "fault": problem?.control == nil ? problem?.text ?? "" : "",
            "hasFault": problem != nil && problem?.control == nil,
            "place": problem?.control?.title ?? "", "anchor": problem?.control?.rawValue ?? "",
            "hasPlace": problem?.control != nil,
            "failure": reading.failure.map(Self.sentence) ?? "", "hasFailure": reading.failure != nil,
            "name": name, "names": lists.prefix(200).map(\.name), "replaces": replaces,
            "exists": replaced != nil, "existing": grouped(replaced?.contacts ?? 0),
            "nameProblem": nameProblem.map { Self.sentence(Self.words(forName: $0)) } ?? "",
            "hasNameProblem": nameProblem != nil,
            "canImport": review.canImport && nameProblem == nil,
            "blocked": Self.blocked(review, by: problem), "changes": changes ?? "", "hasChanges": changes != nil,
        ]
        for control in UploadProblem.Control.allCases {
            fields[control.rawValue + "Problem"] = problem?.control == control ? problem?.text ?? "" : ""
            fields["is" + control.rawValue] = problem?.control == control
        }
        fields.merge(Self.settings(of: review)) { $1 }
        fields.merge(Self.table(of: review)) { $1 }
        fields.merge(Self.findings(of: review)) { $1 }
        return page(
            "upload", "Import \(upload.fileName)", in: .contacts, fields, for: call.session,
            status: isAsked || call.request.method == .post && problem != nil ? .unprocessableContent : .ok)
    }

    /// How the file was read, and how else it can be.
    private static func settings(of review: ContactFileReview) -> [String: Any] {
        let file = review.file
        let layout = review.layout
        let isWorkbook = !(layout?.sheets ?? []).isEmpty
        let encodings = layout?.isMarked == true ? [layout!.encoding] : TextEncoding.allCases
        let likely = review.readings.map(\.encoding)
        func choice(_ encoding: TextEncoding) -> [String: Any] {
            [
                "value": encoding.label, "title": UploadProblem.title(of: encoding),
                "isChosen": encoding == (layout?.isMarked == true ? encoding : file.encoding),
            ]
        }
        return [
            "isWorkbook": isWorkbook, "isText": layout != nil && !isWorkbook,
            // What isn't a table at all is read in no other way either.
            "hasSettings": layout != nil && (!review.headings.isEmpty || UploadProblem.isCurable(in: review)),
            "sheets": (layout?.sheets ?? []).map { ["name": $0, "isChosen": $0 == layout?.sheet] as [String: Any] },
            "encodings": encodings.map(choice), "isMarked": layout?.isMarked ?? false,
            "hasReadings": !likely.isEmpty,
            "readings": review.readings.map {
                choice($0.encoding).merging(["line": String($0.line.prefix(120))]) { $1 }
            },
            "otherEncodings": TextEncoding.allCases.filter { !likely.contains($0) && $0 != .utf8 }.map(choice),
            "isOtherEncoding": file.encoding != .utf8 && !likely.contains(file.encoding),
            "separators": CSVSeparator.allCases.map {
                ["value": $0.name, "title": $0.title, "isChosen": $0 == file.separator] as [String: Any]
            },
            "foundSeparator": layout?.separator.title.lowercased() ?? "", "isSeparatorFound": file.separator == nil,
            "hasHeadings": file.hasHeadings, "addressInFirstLine": review.addressInFirstLine ?? "",
            "hasAddress": review.addressInFirstLine != nil,
        ]
    }

    /// What the columns are, and the first rows.
    private static func table(of review: ContactFileReview) -> [String: Any] {
        let headings = review.headings
        let columns = headings.enumerated().map { (column, heading) in
            let chosen = review.fields[column]
            return [
                "column": column, "heading": heading, "isNamed": !heading.isEmpty, "isUnnamed": heading.isEmpty,
                "samples": samples(of: column, in: review.rows), "isData": chosen == nil,
                "choices": ContactField.allCases.map {
                    ["value": $0.rawValue, "title": $0.heading, "isChosen": $0 == chosen] as [String: Any]
                },
            ] as [String: Any]
        }
        return [
            "columns": columns, "hasColumns": !columns.isEmpty, "headings": headings, "hasRows": !review.rows.isEmpty,
            "rows": review.rows.prefix(5).map { (row) in
                ["cells": zip(headings, row).map { ["heading": $0, "value": $1] }] as [String: Any]
            },
        ]
    }

    private static func samples(of column: Int, in rows: [[String]]) -> String {
        var found: [String] = []
        for row in rows where row.count > column && !row[column].trimmed.isEmpty && !found.contains(row[column]) {
            found.append(row[column])
        }
        return found.prefix(3).map { $0.count > 60 ? $0.prefix(60) + "…" : $0 }.joined(separator: " · ")
    }

    /// What an import would say.
    private static func findings(of review: ContactFileReview) -> [String: Any] {
        let check = review.check
        let problems = check?.problems.first ?? []
        let more = check?.problems.more
        let optOuts = check?.columns.optOutNames ?? []
        return [
            "contacts": grouped(check?.report.contacts ?? 0), "isOne": check?.report.contacts == 1,
            "isClean": review.canImport,
            "problems": problems.map { ["line": $0.line, "reason": sentence($0.reason)] as [String: Any] },
            "hasProblems": !problems.isEmpty, "more": more.map(sentence) ?? "", "hasMore": more != nil,
            "warnings": (check?.report.warnings ?? []).map { sentence($0.description) },
            "hasWarnings": !(check?.report.warnings ?? []).isEmpty,
            "hasOptOuts": !optOuts.isEmpty || review.file.skipsOptedOut, "skips": review.file.skipsOptedOut,
            "optOuts": optOuts.joined(separator: ", "),
        ]
    }

    /// What becomes of the list that is replaced. Nil where finding out would keep the page waiting.
    private func changes(of list: ContactList?, by file: ContactFile, _ upload: Uploads.Upload) -> String? {
        guard let list, upload.isPrompt, list.contacts <= 20_000,
            let changes = try? workspace.contacts.changes(of: list.name, by: file)
        else { return nil }
        return "\(grouped(changes.added)) would be new, \(grouped(changes.kept)) would stay"
            + " (\(grouped(changes.changed)) of them changed), and \(grouped(changes.removed)) would be removed."
    }

    /// Why the button does nothing yet, beside it.
    private static func blocked(_ review: ContactFileReview, by problem: UploadProblem?) -> String {
        if let control = problem?.control { return "Settle this first: \(control.title)." }
        if problem != nil { return "This file can't be imported." }
        return review.canImport ? "" : "Fix the problems above in the file first."
    }

    static func words(forName error: DistributionsError) -> String {
        switch error {
        case .exists(_, let name): "there is a list \"\(name)\" already; choose another name, or replace it"
        case .invalid: "give the list a name, without line breaks and not too long"
        default: error.description
        }
    }

    /// The file's name without its ending.
    private static func listName(for fileName: String) -> String {
        guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return fileName }
        return String(fileName[..<dot])
    }
}
