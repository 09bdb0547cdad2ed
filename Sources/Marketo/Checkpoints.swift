import Cryptography
import Distributions
import Files
import FoundationEssentials

/// Reads what a fetch has kept. Nil where there is nothing, or nothing that can be read.
func savedDocument<Document: Decodable>(_ path: String) -> Document? {
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return try? JSONDecoder().decode(Document.self, from: bytes)
}

/// Keeps how far a fetch has come, 0600 and durable.
func saveDocument(_ document: some Encodable, to path: String) throws(MarketoError) {
    do {
        try DurableFile.replace(path, Array(try JSONEncoder().encode(document)).span, mode: 0o600)
    } catch let error as FileError {
        throw .workspace(.file(error))
    } catch {
        throw .workspace(.cryptography(reason: "\(error)"))
    }
}

func unlinkDocument(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
