import Encoding
import FoundationEssentials
import NIOCore
import Trust

/// A job of the bulk extract API, which writes the leads of a smart list into a file.
struct ExportJob: Decodable, Sendable {
    enum State: Hashable, Sendable {
        case created
        /// Queued, or being processed.
        case pending
        /// - Parameters:
        ///   - size: of the file, in bytes.
        ///   - checksum: SHA-256 of the file, in hexadecimal.
        case completed(size: Int, checksum: String)
        /// Failed, or cancelled by someone.
        case ended
    }

    let exportId: String
    let status: String
    let fileSize: Int?
    let fileChecksum: String?

    private static let checksumPrefix = "sha256:"

    /// - Throws: ``MarketoError/answer(call:reason:)``.
    func state() throws(MarketoError) -> State {
        switch status {
        case "Created": return .created
        case "Queued", "Processing": return .pending
        case "Completed":
            guard let size = fileSize, let checksum = fileChecksum, checksum.hasPrefix(Self.checksumPrefix) else {
                throw .answer(call: "a bulk extract", reason: "a completed job has no size or no SHA-256 checksum")
            }
            return .completed(size: size, checksum: checksum.dropFirst(Self.checksumPrefix.count).lowercased())
        // Documented in both spellings.
        case "Canceled", "Cancelled", "Failed": return .ended
        default: throw .answer(call: "a bulk extract", reason: "\"\(status)\" is not a job status")
        }
    }
}

extension MarketoClient {
    /// Makes a job. It waits for ``enqueue(_:)``, and counts for nothing until then.
    func createExport(of list: Int, fields: [String]) async throws(MarketoError) -> ExportJob {
        var call = Call(method: .post, path: "/bulk/v1/leads/export/create.json", list: String(list))
        do {
            call.body = ByteBuffer(bytes: try JSONEncoder().encode(ExportRequest(list: list, fields: fields)))
        } catch {
            throw .answer(call: call.name, reason: "\(error)")
        }
        return try await job(call)
    }

    func enqueue(_ export: String) async throws(MarketoError) -> ExportJob {
        do {
            return try await job(exportCall(.post, export, "enqueue"))
        } catch {
            guard case .refused = error else { throw error }
            // An earlier attempt may have been done, and its answer cut.
            let job = try await status(of: export)
            guard try job.state() != .created else { throw error }
            return job
        }
    }

    func status(of export: String) async throws(MarketoError) -> ExportJob {
        try await job(exportCall(.get, export, "status"))
    }

    /// Frees the job's place in the queue, in one attempt. Goes on when the task is cancelled.
    func cancelExport(_ export: String) async {
        let call = exportCall(.post, export, "cancel")
        await Task { _ = await attempt(call, of: ExportJob.self) }.value
    }

    func exportCall(_ method: Call.Method, _ export: String, _ verb: String) -> Call {
        Call(method: method, path: "/bulk/v1/leads/export/\(export.percentEncoded)/\(verb).json")
    }

    private func job(_ call: Call) async throws(MarketoError) -> ExportJob {
        guard let job = try await answer(to: call, of: ExportJob.self).result?.first else {
            throw .answer(call: call.name, reason: "it names no job")
        }
        return job
    }
}

/// The body of `POST /bulk/v1/leads/export/create.json`.
private struct ExportRequest: Encodable {
    let fields: [String]
    let format = "CSV"
    let filter: Filter

    struct Filter: Encodable {
        let smartListId: Int
    }

    private enum CodingKeys: String, CodingKey { case fields, format, filter }

    init(list: Int, fields: [String]) {
        self.fields = fields
        filter = Filter(smartListId: list)
    }
}
