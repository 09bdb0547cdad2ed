import Distributions
import LinkToken

/// Brings the leads of a smart list through a job of the bulk extract API.
///
/// The job's ID is durable before the job is queued, and the file grows on the disk as it comes. After a cut of any kind
/// the same fetch continues with that job and the missing bytes.
struct SmartListExport {
    let list: MarketoList
    let fields: LeadFields
    let client: MarketoClient
    let now: UnixTime
    let waiting: (@Sendable (_ status: String) -> Void)?

    /// How many jobs or downloads are tried: Marketo asks that a failed job be made again.
    private static let attempts = 3
    /// At most one in five minutes, so for some six hours.
    private static let mostLooks = 75

    private struct Checkpoint: Codable {
        let export: String
        let createdAt: UnixTime
    }

    /// Brings the file whole.
    func file(in directory: String) async throws(MarketoError) -> ExportFile {
        let file = ExportFile(path: directory + "/export.csv")
        let path = directory + "/export.json"
        var resumed: Checkpoint? = savedDocument(path).flatMap { (saved: Checkpoint) in
            saved.createdAt <= now && now < saved.createdAt.adding(seconds: LeadFetch.patience) ? saved : nil
        }
        var reason = ""
        for attempt in 0..<Self.attempts {
            let (export, state) = try await finish(resumed, at: path, file)
            guard case .completed(let size, let checksum) = state else {
                reason = "the job failed or was cancelled"
                resumed = nil
                // What made it fail lasts longer than a moment, and each job counts toward the day's quota.
                if attempt + 1 < Self.attempts {
                    waiting?("Failed")
                    try await client.waitForExport(afterLooks: attempt)
                }
                continue
            }
            guard try await client.download(export, size: size, to: file) == .complete else {
                reason = "the file of the job is gone"
                resumed = nil
                continue
            }
            if try file.checksum() == checksum { return file }
            reason = "the file differs from its checksum"
            file.remove()
            resumed = Checkpoint(export: export, createdAt: now)
        }
        unlinkDocument(path)
        throw .exportFailed(list: list.name, reason: reason, attempts: Self.attempts)
    }

    /// Waits for the end of a job: of the one that was begun, or of a new one.
    private func finish(
        _ resumed: Checkpoint?, at path: String, _ file: ExportFile
    ) async throws(MarketoError) -> (export: String, state: ExportJob.State) {
        var job: ExportJob
        if let resumed, let known = try await status(of: resumed.export) {
            job = known
        } else {
            file.remove()
            job = try await client.createExport(of: list.id, fields: fields.requested)
            try saveDocument(Checkpoint(export: job.exportId, createdAt: now), to: path)
        }
        do throws(MarketoError) {
            if try job.state() == .created { job = try await client.enqueue(job.exportId) }
            var looks = 0
            while true {
                switch try job.state() {
                case .completed, .ended: return (job.exportId, try job.state())
                case .created, .pending: break
                }
                guard looks < Self.mostLooks else {
                    throw .unavailable(call: "a bulk extract", reason: "it is still \(job.status)", attempts: looks)
                }
                waiting?(job.status)
                try await client.waitForExport(afterLooks: looks)
                looks += 1
                job = try await client.status(of: job.exportId)
            }
        } catch {
            if error == .cancelled {
                await client.cancelExport(job.exportId)
                unlinkDocument(path)
            }
            throw error
        }
    }

    /// Nil when Marketo knows the job no more.
    private func status(of export: String) async throws(MarketoError) -> ExportJob? {
        do {
            return try await client.status(of: export)
        } catch {
            switch error {
            case .refused: return nil
            default: throw error
            }
        }
    }
}

/// Turns the file into the contacts of a list.
struct ExportedLeads {
    private var reader: CSVReader
    private var row = CSVRow()
    private let columns: [String: Int]
    private let count: Int
    private let fields: LeadFields

    init(_ file: ExportFile, fields: LeadFields) throws(MarketoError) {
        self.fields = fields
        let hasHeadings: Bool
        do {
            reader = try CSVReader(file.path, separator: .comma)
            hasHeadings = try reader.read(into: &row)
        } catch {
            throw .workspace(error)
        }
        guard hasHeadings else { throw .answer(call: "a bulk extract", reason: "its file has no headings") }
        count = row.count
        let headings = row.cells
        columns = Dictionary(zip(headings, headings.indices), uniquingKeysWith: { first, _ in first })
        if let missing = fields.requested.first(where: { columns[$0] == nil }) {
            throw .answer(call: "a bulk extract", reason: "its file has no column \(missing)")
        }
    }

    /// Nil at the end.
    mutating func next() throws(MarketoError) -> (lead: Int, contact: Contact)? {
        let isThere: Bool
        do {
            isThere = try reader.read(into: &row)
        } catch {
            throw .workspace(error)
        }
        guard isThere else { return nil }
        guard row.count == count, let lead = Int(value("id")) else {
            throw .answer(call: "a bulk extract", reason: "line \(row.line) of its file is not a lead")
        }
        return (lead, fields.contact(lead) { value($0) })
    }

    /// Marketo writes `null` where a lead has nothing.
    private func value(_ field: String) -> String {
        guard let column = columns[field] else { return "" }
        let text = row[column]
        return text == "null" ? "" : text
    }
}
