import Cryptography
import Foundation

/// A job of the bulk extract API.
public struct Export: Sendable {
    public let id: String
    public internal(set) var status = "Created"
    let list: Instance.List
    let fields: [String]
    var looksLeft = 0
    /// There once the job is completed.
    var file: [UInt8] = []
    var checksum = ""
}

/// Smart lists and bulk lead extract.
extension Instance {
    func smartLists(_ query: [String: String]) -> [String: Any] {
        guard hasAssetPermission else { return failure("603", "Access denied") }
        let size = min(200, Int(query["maxReturn"] ?? "20") ?? 20)
        return assets(smartLists.dropFirst(Int(query["offset"] ?? "0") ?? 0).prefix(size).map { $0 })
    }

    func smartList(_ name: String, _ query: [String: String]) -> [String: Any] {
        guard hasAssetPermission else { return failure("603", "Access denied") }
        return assets(
            smartLists.filter { name == "byName.json" ? $0.name == query["name"] : name == "\($0.id).json" })
    }

    private func assets(_ lists: [List]) -> [String: Any] {
        var answer = success(
            lists.map {
                [
                    "id": $0.id, "name": $0.name, "createdAt": "2026-01-02T03:04:05Z+0000",
                    "updatedAt": "2026-01-02T03:04:05Z+0000", "url": "https://app-abm.marketo.com/#SL\($0.id)A1",
                    "folder": ["id": 31, "type": "Folder"], "workspace": "Default",
                ]
            })
        if lists.isEmpty {
            answer["result"] = nil
            answer["warnings"] = ["No assets found for the given search criteria."]
        }
        return answer
    }

    /// - Parameter path: what follows `/bulk/v1/leads/export/`.
    mutating func export(_ method: String, _ path: [String], _ body: [UInt8]) -> [String: Any] {
        guard hasReadPermission else { return failure("603", "Access denied") }
        if method == "POST", path == ["create.json"] { return create(body) }
        guard path.count == 2, let index = exports.firstIndex(where: { $0.id == path[0] }) else {
            return failure("610", "Requested resource not found")
        }
        switch (method, path[1]) {
        case ("POST", "enqueue.json"):
            guard exports[index].status == "Created" else { return failure("1003", "The job is queued already") }
            guard timesQueueIsFull == 0 else {
                timesQueueIsFull -= 1
                return failure("1029", "Too many jobs in queue")
            }
            guard exportQuota > 0 else { return failure("1029", "Export daily quota exceeded") }
            exports[index].status = "Queued"
            exports[index].looksLeft = looksUntilCompleted
            proceed(index)
        case ("GET", "status.json"):
            if ["Queued", "Processing"].contains(exports[index].status) { proceed(index) }
        case ("POST", "cancel.json"):
            exports[index].status = "Cancelled"
        default:
            return failure("610", "Requested resource not found")
        }
        return success([record(of: exports[index])])
    }

    private mutating func create(_ body: [UInt8]) -> [String: Any] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let fields = object["fields"] as? [String], object["format"] as? String == "CSV",
            let filter = object["filter"] as? [String: Any], filter.count == 1
        else { return failure("609", "Invalid JSON") }
        guard exportQuota > 0 else { return failure("1029", "Export daily quota exceeded") }
        guard let list = smartLists.first(where: { $0.id == filter["smartListId"] as? Int }) else {
            return failure("1003", "Smart list not found")
        }
        if let unknown = fields.first(where: { !isField($0) }) {
            return failure("1003", "Field '\(unknown)' not found")
        }
        exports.append(Export(id: "ce45a7a1-f19d-4ce2-882c-\(exports.count + 1)", list: list, fields: fields))
        return success([record(of: exports[exports.count - 1])])
    }

    private mutating func proceed(_ index: Int) {
        guard exports[index].looksLeft == 0 else {
            exports[index].status = exports[index].looksLeft == looksUntilCompleted ? "Queued" : "Processing"
            exports[index].looksLeft -= 1
            return
        }
        guard failingExports == 0 else {
            failingExports -= 1
            exports[index].status = "Failed"
            return
        }
        exports[index].status = "Completed"
        let file = file(of: exports[index])
        exports[index].file = file
        let digest = SHA256.hash(file.span)
        exports[index].checksum = digest.indices.map { String(256 + Int(digest[$0]), radix: 16).dropFirst() }.joined()
        exportQuota -= file.count
    }

    private func record(of export: Export) -> [String: Any] {
        var record: [String: Any] = [
            "exportId": export.id, "format": "CSV", "status": export.status, "createdAt": "2026-01-02T03:04:05Z",
        ]
        if export.status == "Completed" {
            record["numberOfRecords"] = export.list.leads.count
            record["fileSize"] = export.file.count
            record["fileChecksum"] = "sha256:" + export.checksum
        }
        return record
    }

    /// The CSV that Marketo writes: REST names as headings, and `null` for what a lead has not.
    private func file(of export: Export) -> [UInt8] {
        var file = Array((export.fields.joined(separator: ",") + "\n").utf8)
        for lead in export.list.leads {
            let cells = export.fields.map { (field) -> String in
                let text = value(of: field, lead: lead).map { "\($0)" } ?? "null"
                guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
                return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    + "\""
            }
            file += cells.joined(separator: ",").utf8
            file.append(0x0A)
        }
        return file
    }

    /// What the file endpoint answers with.
    enum FileAnswer: Sendable {
        case notFound
        /// - Parameter offset: of the bytes in the file; nil for the whole file.
        case bytes(ArraySlice<UInt8>, offset: Int?, size: Int)
    }

    /// - Parameter path: of the call, which has been let through.
    mutating func file(of request: Request) -> FileAnswer {
        let parts = request.path.split(separator: "/").map(String.init)
        guard let index = exports.firstIndex(where: { $0.id == parts[4] }), exports[index].status == "Completed" else {
            return .notFound
        }
        guard timesFileIsGone == 0 else {
            timesFileIsGone -= 1
            return .notFound
        }
        var file = exports[index].file
        let size = file.count
        if damagedFiles > 0 {
            damagedFiles -= 1
            file[size / 2] ^= 1
        }
        if halfFiles > 0 {
            halfFiles -= 1
            return .bytes(file[..<(size / 2)], offset: nil, size: size)
        }
        guard let range = request.range, range.hasPrefix("bytes=") else {
            return .bytes(file[...], offset: nil, size: size)
        }
        let ends = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        return .bytes(file[ends[0]...min(ends[1], size - 1)], offset: ends[0], size: size)
    }
}
