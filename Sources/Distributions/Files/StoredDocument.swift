import Files
import FoundationEssentials

/// A small JSON file of the workspace, replaced in one step.
enum StoredDocument {
    static func read<Value: Decodable>(_ path: String) throws(DistributionsError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(readSmallFile(path)))
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    static func write(_ value: some Encodable, to path: String) throws(DistributionsError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
            try DurableFile.replace(path, bytes.span, mode: 0o600)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            preconditionFailure("linkseal's own documents can be written as JSON: \(error)")
        }
    }
}
