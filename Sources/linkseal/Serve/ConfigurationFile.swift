import Encoding
import Foundation

/// A file of settings: one JSON object, whose keys are named as the flags are.
struct ConfigurationFile {
    let values: [String: ConfigurationValue]
    private let path: String
    private let text: String

    /// - Throws: ``CommandError`` for a file that can't be read, isn't an object, or has an unknown setting.
    init(_ path: String) throws(CommandError) {
        self.path = path
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandError("can't read the configuration file \(path)")
        }
        // Some editors begin every file with a byte order mark.
        let bytes = Array(data.starts(with: "\u{FEFF}".utf8) ? data.dropFirst(3) : data)
        text = String(decoding: bytes, as: UTF8.self)
        do throws(JSONError) {
            // Unlike JSONDecoder, it says where the mistake is, and refuses duplicate names.
            var reader = JSONReader(bytes)
            try reader.ignored()
            try reader.end()
        } catch {
            throw Self.noObject(path, error.line, error.column, error.reason)
        }
        guard let values = try? JSONDecoder().decode([String: ConfigurationValue].self, from: Data(bytes)) else {
            throw Self.noObject(path, 1, 1, "expected an object")
        }
        self.values = values
        let known = ServeSettings.all.map(\.name)
        for key in values.keys.sorted() where !known.contains(key) {
            throw CommandError(
                "\(place(of: key)): there is no setting \"\(key)\"\(Setting.hint(for: key, among: known))")
        }
    }

    private static func noObject(_ path: String, _ line: Int, _ column: Int, _ reason: String) -> CommandError {
        CommandError(
            "\(path):\(line):\(column): this is not a JSON object such as {\"listen\": [\"127.0.0.1:8080\"]}: \(reason)"
        )
    }

    /// `edge.json:3:5`, the position of the key.
    func place(of key: String) -> String {
        guard let index = text.firstRange(of: "\"\(key)\"")?.lowerBound else { return path }
        let before = text[..<index]
        let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(where: \.isNewline).map { before.index(after: $0) } ?? before.startIndex
        return "\(path):\(line):\(before[start...].count + 1)"
    }
}

/// What the environment or the file says of a setting.
enum ConfigurationValue: Decodable {
    case text(String)
    case truth(Bool)
    case list([String])
    /// A value that no setting takes.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? container.decode(Int.self) {
            self = .text(String(number))
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([String].self) {
            self = .list(list)
        } else {
            self = .other
        }
    }

    /// As flags would say it; nil where a setting of that kind can't have the value.
    func texts(of kind: Setting.Kind, splitsLists: Bool) -> [String]? {
        switch (kind, self) {
        case (.flag, .truth(let truth)): [String(truth)]
        case (.flag, .text(let text)): Self.truths[text.lowercased()].map { [String($0)] }
        case (.list, .text(let text)) where splitsLists: text.split(separator: ",").map { $0.trimmed }
        case (.value, .text(let text)), (.list, .text(let text)): [text]
        case (.list, .list(let texts)): texts
        default: nil
        }
    }

    private static let truths = ["true": true, "false": false, "yes": true, "no": false, "1": true, "0": false]
}
