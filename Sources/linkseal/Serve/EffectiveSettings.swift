import ArgumentParser
import Fetching

/// The settings in force: of each the flag, or else the environment, or else the file, or else its default.
struct EffectiveSettings {
    private(set) var settings: ServeSettings
    /// What is in force for each, in the order of ``ServeSettings/all``.
    private(set) var entries: [Entry] = []

    struct Entry {
        let name: String
        /// Nil where nobody said anything and there is no default.
        let value: String?
        let origin: Origin
    }

    enum Origin: CustomStringConvertible {
        case flag
        case environment(variable: String)
        case file(place: String)
        case standard

        var description: String {
            switch self {
            case .flag: "flag"
            case .environment(let variable): "environment \(variable)"
            case .file(let place): "file \(place)"
            case .standard: "default"
            }
        }
    }

    /// - Parameters:
    ///   - flags: what the command line says.
    ///   - path: the configuration file.
    init(_ flags: ServeSettings, environment: [String: String], file path: String?) throws(CommandError) {
        settings = flags
        let environment = environment.filter { !$0.value.isEmpty }
        try Self.checkNames(of: environment)
        let file: ConfigurationFile? = if let path { try ConfigurationFile(path) } else { nil }
        for setting in ServeSettings.all {
            let variable = setting.variable
            if let given = setting.given(flags) {
                entries.append(Entry(name: setting.name, value: Self.shown(given), origin: .flag))
            } else if let text = environment[variable] {
                try take(.text(text), as: setting, from: .environment(variable: variable), place: variable)
            } else if let file, let value = file.values[setting.name] {
                let place = file.place(of: setting.name)
                try take(value, as: setting, from: .file(place: place), place: place)
            } else {
                entries.append(Entry(name: setting.name, value: setting.standard, origin: .standard))
            }
        }
    }

    private mutating func take(
        _ value: ConfigurationValue, as setting: Setting, from origin: Origin, place: String
    ) throws(CommandError) {
        // In the environment a list has commas; in the file it is an array.
        let splitsLists = if case .environment = origin { true } else { false }
        guard let texts = value.texts(of: setting.kind, splitsLists: splitsLists) else {
            throw CommandError("\(place): \(setting.name) takes \(setting.kind.expectation)")
        }
        do {
            try setting.take(&settings, texts)
            try settings.validate()
        } catch {
            throw CommandError("\(place): \(error)")
        }
        entries.append(Entry(name: setting.name, value: Self.shown(texts), origin: origin))
    }

    /// Without what is secret in a URL: the password and the query.
    private static func shown(_ texts: [String]) -> String {
        texts.map { WebAddress.masked($0) }.joined(separator: " ")
    }

    /// Refuses a variable that is meant for the edge and says nothing to it, as the file's unknown names are.
    private static func checkNames(of environment: [String: String]) throws(CommandError) {
        let known = ServeSettings.all.map(\.variable)
        for name in environment.keys.sorted()
        where name.hasPrefix(Setting.variablePrefix) && !known.contains(name) && !isOfOthers(name) {
            throw CommandError("\(name): there is no such setting\(Setting.hint(for: name, among: known))")
        }
    }

    /// Whether the variable is the build's, another command's, a key script's, or one that Kubernetes gives to containers
    /// beside a service whose name begins with "linkseal".
    private static func isOfOthers(_ name: String) -> Bool {
        ["LINKSEAL_COMMIT", "LINKSEAL_CONFIG", "LINKSEAL_PASSPHRASE_FILE", "LINKSEAL_ROTATE_AFTER"].contains(name)
            || contactSources.contains { name.hasPrefix($0.variablePrefix) }
            || name.wholeMatch(of: /LINKSEAL_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)/)
                != nil
    }
}
