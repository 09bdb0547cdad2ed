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
