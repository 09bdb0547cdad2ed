import Consumption
import ConsumptionLog
import Distributions
import Encoding
import Files
import Glibc
import HTTPTypes
import Hummingbird
import LinkToken
import NIOCore
import Trust

/// Joining a survey tool's export with the contacts of a distribution, and recording who finished.
extension ConsoleService {
    func showResults(_ call: Call) throws -> Response {
        resultsPage(call, try distribution(of: call), problem: nil)
    }

    func uploadResults(_ call: Call) async throws -> Response {
        let distribution = try distribution(of: call)
        guard let (upload, fields) = try await receiveUpload(call, for: distribution, named: "responses.csv") else {
            return resultsPage(call, distribution, problem: "choose a file first; it must not be empty")
        }
        let options = ResultsOptions(fields)
        return .seeOther("/distributions/\(distribution.id)/results/\(upload.id)?\(options.query)")
    }

    private func resultsPage(_ call: Call, _ distribution: Distribution, problem: String?) -> Response {
        page(
            "results", "Results of \(distribution.name)", in: .links,
            [
                "id": distribution.id.description, "title": distribution.name,
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    /// What a join finds out, before anything is recorded or downloaded.
    func showResult(_ call: Call) async throws -> Response {
        let (distribution, upload) = try export(of: call)
        let options = ResultsOptions(call.query)
        var fields = options.fields
        var problems = FieldProblems()
        fields.merge([
            "id": distribution.id.description, "title": distribution.name, "fileName": upload.fileName,
            "path": "/distributions/\(distribution.id)/results/\(upload.id)", "query": options.query,
            "hasReport": false, "canFinish": false, "refusals": [[String: Any]](),
            "hasFinishes": false, "isRecorded": !call.query["recorded"].isEmpty,
            "recorded": Int(call.query["recorded"]).map { counted($0, "survey is", "surveys are") } ?? "",
            "isElsewhere": configuration.accounts != nil, "countedFrom": configuration.countedFrom,
            "edges": try workspace.edges.all().filter { !$0.isRetired }.map(\.name).joined(separator: ", "),
        ]) { $1 }
        do throws(DistributionsError) {
            fields.merge(Self.fields(of: try await join(upload, options, distribution, at: call.now) { _ in })) { $1 }
        } catch {
            problems.take(error)
        }
        if options.key == .session, problems.isEmpty {
            do throws(DistributionsError) {
                let report = try finishes(upload, options, distribution, at: call.now)
                fields.merge(try await self.fields(of: report, distribution)) { $1 }
            } catch {
                problems.take(error)
            }
        }
        fields.merge(problems.fields) { $1 }
        return page(
            "result", "Results of \(distribution.name)", in: .links, fields, for: call.session,
            status: problems.isEmpty ? .ok : .unprocessableContent)
    }

    /// The responses with their contacts beside them. They are kept in a file without a name while they are sent.
    func downloadResult(_ call: Call) async throws -> Response {
        let (distribution, upload) = try export(of: call)
        let file = try UnnamedFile(in: files.uploads)
        _ = try await join(upload, ResultsOptions(call.query), distribution, at: call.now) {
            (bytes) throws(DistributionsError) in try file.append(bytes)
        }
        if call.request.method != .head {
            try record(.downloaded, call, distribution, detail: "results")
        }
        let threads = downloadThreads
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: Self.attachment("\(distribution.name) results.csv"),
            ],
            body: ResponseBody { (writer) in
                try await withTaskExecutorPreference(threads) {
                    var offset = 0
                    while let bytes = try file.read(at: offset) {
                        offset += bytes.count
                        try await writer.write(ByteBuffer(bytes: bytes))
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// Records a finish for every response of a genuine session, in the log of the workspace.
    func recordFinishes(_ call: Call) async throws -> Response {
        let (distribution, upload) = try export(of: call)
        let options = ResultsOptions(call.form)
        guard configuration.accounts == nil else {
            throw ConsoleRefusal.malformed(
                "this console counts from \(configuration.countedFrom), so record the finishes on the command line")
        }
        let report = try finishes(upload, options, distribution, at: call.now)
        let path = workspace.consumptionLogPath
        let counts = try await UseAccounts(logs: [path]).record(report.finishes, of: [distribution]) {
            try await ConsumptionLog.takeOver($0, intoLogAt: path)
        }
        try record(.finishesRecorded, call, distribution, detail: counts.description)
        return .seeOther(
            "/distributions/\(distribution.id)/results/\(upload.id)?\(options.query)&recorded=\(counts.recorded)")
    }

    // MARK: What they share

    private func export(of call: Call) throws -> (Distribution, Uploads.Upload) {
        let distribution = try distribution(of: call)
        guard let upload = uploads.upload(call.parameters["upload"] ?? "", of: call.user, for: distribution.id)
        else {
            throw ConsoleRefusal.noSuchPage
        }
        return (distribution, upload)
    }

    private func join(
        _ upload: Uploads.Upload, _ options: ResultsOptions, _ distribution: Distribution, at now: UnixTime,
        to take: @escaping ([UInt8]) throws(DistributionsError) -> Void
    ) async throws(DistributionsError) -> ResultsReport {
        var join = ResultsJoin(responses: upload.path, by: options.key)
        join.fileName = upload.fileName
        join.column = options.column
        join.times = try options.times()
        // A double click opens it correctly.
        join.addsByteOrderMark = true
        do {
            let keyring = try workspace.keyring()
            let uses = try await uses(of: distribution, at: now)
            return try workspace.distributions.joinResults(
                join, of: [distribution], keys: keyring.publishedKeys(), sessions: keyring.sessionKeyring(),
                uses: [distribution.id: uses], at: now, to: take)
        } catch let error as DistributionsError {
            throw error
        } catch {
            throw .refused(distribution.id, reason: "\(error)")
        }
    }

    private func finishes(
        _ upload: Uploads.Upload, _ options: ResultsOptions, _ distribution: Distribution, at now: UnixTime
    ) throws(DistributionsError) -> FinishReport {
        var request = FinishRequest(responses: upload.path)
        request.fileName = upload.fileName
        request.column = options.column
        request.times = try options.times()
        do {
            return try workspace.distributions.finishes(
                request, of: [distribution], sessions: workspace.keyring().sessionKeyring(), at: now)
        } catch let error as DistributionsError {
            throw error
        } catch {
            throw .refused(distribution.id, reason: "\(error)")
        }
    }

    // MARK: In words

    private static func fields(of report: ResultsReport) -> [String: Any] {
        func count(_ matches: [ResponseMatch]) -> Int { matches.reduce(0) { $0 + (report.counts[$1] ?? 0) } }
        let unknown = ResponseMismatch.allCases.map { ResponseMatch.none($0) }
        var notices = report.unchecked.map {
            "No start of \($0) is recorded, so it was not checked that its responses came through an edge."
        }
        if let fault = report.timeFault {
            notices.append("It was not checked whether responses came too late: \(fault).")
        }
        return [
            "hasReport": true, "column": report.column, "responses": grouped(report.responses),
            "matched": grouped(count([.contact(.matched)])), "repeated": grouped(count([.contact(.repeated)])),
            "unknown": grouped(count(unknown)), "notices": notices,
            "matches": ResponseMatch.all.compactMap { (match) in
                report.counts[match].map {
                    ["name": match.title, "count": grouped($0), "meaning": match.meaning]
                }
            },
            "rows": report.rows.prefix(200).map { (row) in
                [
                    "line": row.line, "match": row.match.title,
                    "first": row.firstLine.map { "The first is in line \($0)." } ?? "",
                ] as [String: Any]
            },
            "hasRows": !report.rows.isEmpty,
            "isCut": report.responses - count([.contact(.matched)]) > 200,
        ]
    }

    /// - Returns: how many finishes of the report are news to the log of the workspace, among other things.
    private func fields(
        of report: FinishReport, _ distribution: Distribution
    ) async throws(DistributionsError) -> [String: Any] {
        let known: DistributionHistory
        do {
            known = try await UseAccounts(logs: [workspace.consumptionLogPath]).uses(of: distribution)
        } catch {
            throw .refused(distribution.id, reason: "\(error)")
        }
        let links = Set(report.finishes.map(\.nonce.serial))
        let news = links.count { known[$0]?.finishedAt == nil }
        let time =
            report.timeColumn.map { "the time in the column \($0)" + (report.timeZone.map { " (\($0))" } ?? "") }
            ?? "now"
        return [
            "canFinish": true, "hasFinishes": news > 0, "news": counted(news, "survey", "surveys"),
            "known": counted(links.count - news, "survey is", "surveys are"), "hasKnown": links.count > news,
            "finishTime": time,
            "refusals": FinishRefusal.allCases.compactMap { (reason) in
                report.refusals[reason].map {
                    ["text": counted($0, "response was", "responses were") + " left out: " + reason.rawValue]
                }
            },
        ]
    }
}

/// How an export is to be read, as a form or a query says it.
struct ResultsOptions: Sendable {
    let key: ResponseKey
    let column: String?
    private let timeColumn, zoneName, dateOrder: String
    private let isNow: Bool

    init(_ form: FormFields) {
        func text(_ name: String) -> String { form[name].trimmed }
        key = ResponseKey(rawValue: form["by"]) ?? .session
        column = text("column").isEmpty ? nil : text("column")
        (timeColumn, zoneName, dateOrder) = (text("time-column"), text("time-zone"), form["date-order"])
        isNow = form["now"] == "yes"
    }

    private var values: [(String, String)] {
        [
            ("by", key.rawValue), ("column", column ?? ""), ("time-column", timeColumn), ("time-zone", zoneName),
            ("date-order", dateOrder), ("now", isNow ? "yes" : ""),
        ]
    }

    /// As ``init(_:)`` reads it.
    var query: String {
        values.filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
    }

    /// - Throws: `DistributionsError.invalid(what:value:expected:)` for a zone that nobody knows.
    func times() throws(DistributionsError) -> ResponseTimeOptions {
        var options = ResponseTimeOptions()
        options.column = timeColumn.isEmpty ? nil : timeColumn
        options.dateOrder = ResponseTime.DateOrder(rawValue: dateOrder)
        options.isNow = isNow
        guard !zoneName.isEmpty else { return options }
        guard let zone = ResponseTimeZone(named: zoneName) else {
            throw .invalid(
                what: "time zone", value: zoneName,
                expected: "a place such as Europe/Berlin, UTC, or an offset such as +02:00")
        }
        options.zone = zone
        return options
    }

    var fields: [String: Any] {
        [
            "keys": ResponseKey.allCases.map {
                ["value": $0.rawValue, "title": $0.title, "isChosen": $0 == key] as [String: Any]
            },
            "column": column ?? "", "timeColumn": timeColumn, "zone": zoneName, "isNow": isNow,
            "isMonthFirst": dateOrder == "mdy", "isDayFirst": dateOrder == "dmy",
            "values": values.map { ["name": $0.0, "value": $0.1] },
        ]
    }
}

/// What is wrong with the options of a join, each beside its field.
private struct FieldProblems {
    private(set) var fields: [String: Any] = [:]

    var isEmpty: Bool { fields.isEmpty }

    mutating func take(_ error: DistributionsError) {
        let field =
            switch error {
            case .responses: "column"
            case .responseTimes(_, .unknownColumn): "timeColumn"
            case .responseTimes(_, .zoneMissing), .invalid(what: "time zone", _, _): "zone"
            case .responseTimes: "order"
            default: "file"
            }
        fields[field + "Problem"] = ["text": ConsoleService.sentence(error.description)]
    }
}

extension ResponseKey {
    fileprivate var title: String {
        switch self {
        case .session: "Session"
        case .contact: "Contact ID"
        case .link: "Personal link"
        }
    }
}

extension ResponseMatch {
    fileprivate var title: String { name.prefix(1).uppercased() + name.dropFirst() }

    fileprivate var meaning: String {
        switch self {
        case .contact(.matched): "the first response of its contact"
        case .contact(.repeated): "another response of a contact who has one"
        case .contact(.neverStarted): "genuine, but no edge that is counted here started it"
        case .contact(.beforeReopening): "its link was reopened since"
        case .contact(.tooLate): "given after the time to finish was over"
        case .contact(.linkRevoked): "given after the link was revoked"
        case .contact(.linkDeleted): "given after the links were deleted"
        case .contact(.notSubmitted): "begun and not submitted"
        case .none(.nothingThere): "the column is empty"
        case .none(.noCredential): "what is in the column was not issued by linkseal"
        case .none(.forged): "the signature is wrong"
        case .none(.unknownKey): "signed with a key that is not known here"
        case .none(.testLink): "given through a test link"
        case .none(.unknownDistribution): "of a distribution that is not here"
        case .none(.otherDistribution): "of another distribution"
        case .none(.unknownContact): "no such contact, or one who was erased"
        case .none(.otherContact): "names somebody else than the one to whom the link was sent"
        case .none(.embeddedDataMismatch): "says something else than the link did"
        }
    }
}

/// A file without a name, which is gone when nobody uses it any more.
private final class UnnamedFile: Sendable {
    private let descriptor: CInt

    init(in directory: String) throws(ConsoleRefusal) {
        descriptor = openUnnamedFile(in: directory)
        guard descriptor >= 0 else { throw .file(FileError("create", directory, errno: errno)) }
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws(DistributionsError) {
        if let code = bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) {
            throw .file(FileError("write", "the joined file", errno: code))
        }
    }

    /// Nil at the end.
    func read(at offset: Int) throws(ConsoleRefusal) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        guard count >= 0 else { throw .file(FileError("read", "the joined file", errno: errno)) }
        return count == 0 ? nil : Array(bytes[..<count])
    }
}
