import Configuration
import Foundation

/// A file of settings: one JSON object, whose keys are named as the flags are.
struct ConfigurationFile {
    let path: String
    let snapshot: JSONSnapshot
    private let text: String

    /// - Throws: ``Failure`` for what can't be read, is no object, or names what is no setting.
    init(_ path: String, settings: [SettingSchema]) throws {
        self.path = path
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw Failure("can't read the configuration file \(path)")
        }
        text = String(decoding: data, as: UTF8.self)
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: data)
        } catch {
            let reason = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "it is broken off"
            throw Failure("\(Self.place(reason, in: text, path)): this is no JSON: \(reason)")
        }
        guard let keys = (object as? [String: Any])?.keys else {
            throw Failure("\(path): the file must be one JSON object, such as {\"listen\": [\"127.0.0.1:8080\"]}")
        }
        do {
            snapshot = try JSONSnapshot(data: Array(data).span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw Failure("\(path): \(error)")
        }
        let known = Set(settings.map(\.name))
        for key in keys.sorted() where !known.contains(key) {
            let near = settings.map(\.name).min { Self.distance(key, $0) < Self.distance(key, $1) }
            let hint = near.flatMap { Self.distance(key, $0) <= 3 ? "; did you mean \"\($0)\"?" : nil } ?? ""
            throw Failure("\(place(of: key)): there is no setting \"\(key)\"\(hint)")
        }
    }

    /// `edge.json:3:5`, where the key stands.
    func place(of key: String) -> String {
        text.firstRange(of: "\"\(key)\"").map { Self.place($0.lowerBound, in: text, path) } ?? path
    }

    /// Where the parser says that it stopped: "Invalid value around character 14."
    private static func place(_ reason: String, in text: String, _ path: String) -> String {
        let offset = reason.split(separator: " ").lazy.compactMap { Int($0.prefix(while: \.isNumber)) }.first
        let utf8 = text.utf8
        return place(
            offset.flatMap { utf8.index(utf8.startIndex, offsetBy: $0, limitedBy: utf8.endIndex) } ?? text.endIndex,
            in: text, path)
    }

    private static func place(_ index: String.Index, in text: String, _ path: String) -> String {
        let before = text[..<index]
        let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(where: \.isNewline).map { before.index(after: $0) } ?? before.startIndex
        return "\(path):\(line):\(before[start...].count + 1)"
    }

    /// How many letters have to be changed, put in or left out (Levenshtein's distance).
    private static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one), Array(other))
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == other[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
