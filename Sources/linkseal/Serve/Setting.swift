import ArgumentParser

/// A setting of `linkseal serve`: by which name, and in which form, the environment and the configuration file say what
/// the flag of that name says.
struct Setting {
    enum Kind {
        case flag, value, list

        var expectation: String {
            switch self {
            case .flag: "true or false"
            case .value: "one value"
            case .list: "a list of texts"
            }
        }
    }

    let name: String
    let kind: Kind
    /// What is in force where nobody says anything. Nil where that depends on the place, or is nothing.
    let standard: String?
    /// What the flags said; nil where they said nothing.
    let given: (ServeSettings) -> [String]?
    /// Takes what the environment or the file says.
    let take: (inout ServeSettings, [String]) throws(Refusal) -> Void

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    static let variablePrefix = "LINKSEAL_"

    /// What it is called in the environment.
    var variable: String { Self.variablePrefix + name.uppercased().replacing("-", with: "_") }

    static func flag(_ name: String, _ path: WritableKeyPath<ServeSettings, Bool>) -> Setting {
        Setting(name: name, kind: .flag, standard: "false") {
            $0[keyPath: path] ? ["true"] : nil
        } take: {
            (settings, texts) throws(Refusal) in
            settings[keyPath: path] = texts == ["true"]
        }
    }

    static func value<Value>(
        _ name: String, _ path: WritableKeyPath<ServeSettings, Value?>, standard: String? = nil,
        parse: @escaping (String) throws -> Value?, text: @escaping (Value) -> String
    ) -> Setting {
        Setting(name: name, kind: .value, standard: standard) {
            $0[keyPath: path].map { [text($0)] }
        } take: {
            (settings, texts) throws(Refusal) in
            settings[keyPath: path] = try texts.map { (word) throws(Refusal) in try parsed(word, name, parse) }.last
        }
    }

    static func text(_ name: String, _ path: WritableKeyPath<ServeSettings, String?>) -> Setting {
        value(name, path, parse: { $0 }, text: { $0 })
    }

    static func choice<Value: ExpressibleByArgument & RawRepresentable<String>>(
        _ name: String, _ path: WritableKeyPath<ServeSettings, Value?>, standard: Value
    ) -> Setting {
        value(name, path, standard: standard.rawValue, parse: Value.init(argument:), text: \.rawValue)
    }

    static func list<Value: CustomStringConvertible>(
        _ name: String, _ path: WritableKeyPath<ServeSettings, [Value]>, parse: @escaping (String) throws -> Value?
    ) -> Setting {
        Setting(name: name, kind: .list, standard: nil) {
            $0[keyPath: path].isEmpty ? nil : $0[keyPath: path].map(\.description)
        } take: { (settings, texts) throws(Refusal) in
            settings[keyPath: path] = try texts.map { (word) throws(Refusal) in try parsed(word, name, parse) }
        }
    }

    private static func parsed<Value>(
        _ word: String, _ name: String, _ parse: (String) throws -> Value?
    ) throws(Refusal) -> Value {
        let refusal = "The value '\(word)' is invalid for \(name)"
        do {
            if let value = try parse(word) { return value }
        } catch {
            throw Refusal(description: "\(refusal): \(error)")
        }
        throw Refusal(description: refusal)
    }

    /// `; did you mean "tls-cert"?`, or nothing where no name is near.
    static func hint(for name: String, among known: [String]) -> String {
        let near = known.min { distance(name, $0) < distance(name, $1) }
        return near.flatMap { distance(name, $0) <= 3 ? "; did you mean \"\($0)\"?" : nil } ?? ""
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
