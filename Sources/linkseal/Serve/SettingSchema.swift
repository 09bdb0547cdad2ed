import ArgumentParser
import FoundationEssentials

/// A setting as its declaration has it.
struct SettingSchema {
    enum Kind {
        case flag, value, list
    }

    let name: String
    let kind: Kind
    let standard: String?

    static let variablePrefix = "LINKSEAL_"

    /// What it is called in the environment.
    var variable: String { Self.variablePrefix + name.uppercased().replacing("-", with: "_") }

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

    /// What the declarations of a group of arguments say, in their order.
    ///
    /// The parser knows them, and tells them in the form that it also writes documentation and completions from.
    static func all(of arguments: (some ParsableArguments).Type) -> [SettingSchema] {
        guard let dump = try? JSONDecoder().decode(Dump.self, from: Data(arguments._dumpHelp().utf8)) else {
            preconditionFailure("the argument parser describes arguments differently")
        }
        return dump.command.arguments.compactMap { (argument) in
            guard let name = argument.preferredName?.name, name != "help" else { return nil }
            let kind: Kind = argument.kind == "flag" ? .flag : argument.isRepeating ? .list : .value
            return SettingSchema(name: name, kind: kind, standard: argument.defaultValue)
        }
    }

    private struct Dump: Decodable {
        let command: Command

        struct Command: Decodable {
            let arguments: [Argument]
        }

        struct Argument: Decodable {
            let kind: String
            let isRepeating: Bool
            let preferredName: Name?
            let defaultValue: String?
        }

        struct Name: Decodable {
            let name: String
        }
    }
}
