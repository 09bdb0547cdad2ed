import Configuration
import Encoding
import Foundation
import Trust

/// A file of settings: one JSON object, whose keys are named as the flags are.
struct ConfigurationFile {
    let path: String
    let snapshot: JSONSnapshot
    private let text: String

    /// - Throws: ``CommandError`` for what can't be read, is no object, or names what is no setting.
    init(_ path: String, settings: [SettingSchema]) throws {
        self.path = path
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandError("can't read the configuration file \(path)")
        }
        // Some editors begin every file with a byte order mark.
        let bytes = Array(data.starts(with: "\u{FEFF}".utf8) ? data.dropFirst(3) : data)
        text = String(decoding: bytes, as: UTF8.self)
        let keys: Set<String>
        do throws(JSONReader.Fault) {
            keys = try Self.keys(of: bytes)
        } catch {
            throw CommandError(
                "\(path):\(error.line):\(error.column): this is no JSON object"
                    + " such as {\"listen\": [\"127.0.0.1:8080\"]}: \(error.reason)")
        }
        do {
            snapshot = try JSONSnapshot(data: bytes.span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw CommandError("\(path): \(error)")
        }
        let known = settings.map(\.name)
        for key in keys.subtracting(known).sorted() {
            let hint = SettingSchema.hint(for: key, among: known)
            throw CommandError("\(place(of: key)): there is no setting \"\(key)\"\(hint)")
        }
    }

    private static func keys(of bytes: [UInt8]) throws(JSONReader.Fault) -> Set<String> {
        var keys: Set<String> = []
        var reader = JSONReader(bytes)
        try reader.object { (reader, name) throws(JSONReader.Fault) in
            try reader.checkUnique(name, among: &keys)
            try reader.ignored()
        }
        try reader.end()
        return keys
    }

    /// `edge.json:3:5`, where the key stands.
    func place(of key: String) -> String {
        guard let index = text.firstRange(of: "\"\(key)\"")?.lowerBound else { return path }
        let before = text[..<index]
        let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(where: \.isNewline).map { before.index(after: $0) } ?? before.startIndex
        return "\(path):\(line):\(before[start...].count + 1)"
    }
}
