import Distributions
import Encoding
import Hummingbird
import Trust

/// How far a job has come, and what came of it.
extension ConsoleService {
    func showJob(_ call: Call) throws -> Response {
        guard let job = jobs.job(call.parameters["job"] ?? "") else { throw ConsoleRefusal.noSuchPage }
        let section: Section = job.kind.line == .minting ? .links : .contacts
        var fields: [String: Any] = [
            "id": job.id, "title": job.title, "isOver": job.isOver, "isGenerating": job.kind == .generate,
            "place": section.title, "toolQuery": "",
            "progress": Self.words(for: job), "percent": job.percent ?? 0, "hasPercent": job.percent != nil,
            "isFailed": false, "isMade": false, "isImported": false, "warnings": [String](), "hasWarnings": false,
        ]
        let title: String
        switch job.state {
        case .waiting, .running: title = Self.verb(of: job.kind) + " " + job.title
        case .failed(let reason):
            title = Self.verb(of: job.kind) + " \(job.title) failed"
            fields["isFailed"] = true
            fields["problem"] = Self.sentence(reason)
        case .made(let distribution, let target, let longest, let warnings):
            title = "\(distribution.name) is ready"
            fields["isMade"] = true
            fields["distribution"] = distribution.id.description
            fields["toolQuery"] = target == .spreadsheetProgram ? "" : "?tool=\(target.text)"
            fields["links"] = distribution.contacts == 1 ? "1 link is" : grouped(distribution.contacts) + " links are"
            fields["longest"] = longest
            fields["merge"] =
                Self.mergeAdvice(for: target.mailMerge)
                ?? "Import it into your mail program, and put the column Link where the link goes in the mail."
            fields["expires"] = distribution.linkExpiry.short
            fields["expiresExact"] = distribution.linkExpiry.description
            fields["warnings"] = warnings.map(Self.sentence)
            fields["hasWarnings"] = !warnings.isEmpty
        case .imported(let list, let warnings):
            title = list.name + ([.makeDummies, .mergeLists].contains(job.kind) ? " is ready" : " is imported")
            fields["isImported"] = true
            fields["list"] = list.name
            fields["listQuery"] = list.name.percentEncoded
            fields["contacts"] = list.contacts == 1 ? "1 contact is" : grouped(list.contacts) + " contacts are"
            fields["warnings"] = warnings.map(Self.sentence)
            fields["hasWarnings"] = !warnings.isEmpty
        case .added(let addition):
            return .seeOther("/distributions/\(addition.distribution.id)/added/\(job.id)")
        case .shown(let path): return .seeOther(path)
        }
        fields["heading"] = title
        return page(
            "job", title, in: section, fields, for: call.session, refreshing: !job.isOver)
    }

    func jobProgress(_ call: Call) throws -> Response {
        struct Progress: Encodable {
            var isOver: Bool
            var percent: Int?
            var text: String
        }
        guard let job = jobs.job(call.parameters["job"] ?? "") else { throw ConsoleRefusal.noSuchPage }
        return try .json(Progress(isOver: job.isOver, percent: job.percent, text: Self.words(for: job)))
    }

    private static func words(for job: Job) -> String {
        let things = job.kind.line == .minting ? "links" : "contacts"
        switch job.state {
        case .waiting: return "Waiting for another job to finish."
        case .running:
            guard job.done > 0 else { return "It begins." }
            var text = grouped(job.done) + (job.total.map { " of \(grouped($0))" } ?? "") + " \(things)"
            if let left = job.timeLeft, left >= .seconds(1) { text += ", some \(left.secondsRoundedUp) s left" }
            return text + "."
        case .failed: return "It failed."
        case .made, .added, .imported, .shown: return "Done."
        }
    }

    static func verb(of kind: Job.Kind) -> String {
        switch kind {
        case .generate: "Generating"
        case .addContacts: "Adding contacts to"
        case .checkFile: "Reading"
        case .importFile, .fetchList: "Importing"
        case .makeDummies: "Making"
        case .mergeLists: "Merging"
        case .erase: "Erasing"
        }
    }
}
