import ArgumentParser
import Configuration
import Fetching

/// The settings in force: of each the flag, or else the environment, or else the file, or else its default.
struct EffectiveSettings {
    let settings: ServeSettings
    /// What stands for each, in the order of the declarations.
    let entries: [Entry]

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
    ///   - arguments: those of the command, as they were typed; they have been parsed without an error.
    ///   - path: the configuration file.
    static func resolve(
        arguments: [String], environment: [String: String], file path: String?
    ) throws -> EffectiveSettings {
        let schema = SettingSchema.all(of: ServeSettings.self)
        try checkNames(of: environment, settings: schema)
        // It takes the first for the name of the program.
        let flags = CommandLineArgumentsProvider(arguments: ["serve"] + arguments)
        let variables = EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
            .prefixKeys(with: "linkseal")
        var file: ConfigurationFile?
        if let path { file = try ConfigurationFile(path, settings: schema) }

        var (entries, merged): ([Entry], [String]) = ([], [])
        for setting in schema {
            let key = AbsoluteConfigKey([setting.name])
            let flag = "--\(setting.name)"
            if let given = try read(setting, key, from: flags.value(forKey:type:), joinsLists: true, orFail: flag) {
                entries.append(Entry(name: setting.name, value: shown(given), origin: .flag))
                continue
            }
            var found: (values: [String], origin: Origin, place: String)?
            let variable = setting.variable
            if let values = try read(setting, key, from: variables.value(forKey:type:), orFail: variable) {
                found = (values, .environment(variable: variable), variable)
            } else if let file, case let place = file.place(of: setting.name),
                let values = try read(setting, key, from: file.snapshot.value(forKey:type:), orFail: place)
            {
                found = (values, .file(place: place), place)
            }
            guard let found else {
                entries.append(Entry(name: setting.name, value: setting.standard, origin: .standard))
                continue
            }
            let words = words(setting, found.values)
            do {
                _ = try ServeSettings.parse(words)
            } catch {
                throw CommandError("\(found.place): \(ServeSettings.message(for: error))")
            }
            merged += words
            entries.append(Entry(name: setting.name, value: shown(found.values), origin: found.origin))
        }
        // The parser that reads flags reads all, so that a value means the same wherever it stands.
        let command = try ServeCommand.parse(merged + arguments)
        return EffectiveSettings(settings: command.settings, entries: entries)
    }

    /// The setting's value in one of its sources, as words; nil where it is not there.
    private static func read(
        _ setting: SettingSchema, _ key: AbsoluteConfigKey,
        from lookUp: (AbsoluteConfigKey, ConfigType) throws -> LookupResult, joinsLists: Bool = false,
        orFail place: String
    ) throws -> [String]? {
        let types: [ConfigType] =
            switch setting.kind {
            case .flag: [.bool]
            // A flag's value is taken apart at its commas.
            case .value: [.string, .int, .double] + (joinsLists ? [.stringArray] : [])
            case .list: [.stringArray, .string]
            }
        for type in types {
            let result: LookupResult
            do { result = try lookUp(key, type) } catch { continue }
            switch result.value?.content {
            case nil: return nil
            case .bool(let value)?: return [String(value)]
            case .string(let value)?: return [value]
            case .int(let value)?: return [String(value)]
            case .double(let value)?: return [String(value)]
            case .stringArray(let values)?: return setting.kind == .value ? [values.joined(separator: ",")] : values
            default: continue
            }
        }
        let needed =
            switch setting.kind {
            case .flag: "true or false"
            case .value: "one value"
            case .list: "a list of texts"
            }
        throw CommandError("\(place): \(setting.name) takes \(needed)")
    }

    /// As the command line would have it.
    private static func words(_ setting: SettingSchema, _ values: [String]) -> [String] {
        switch setting.kind {
        case .flag: values == ["true"] ? ["--\(setting.name)"] : []
        case .value, .list: values.map { "--\(setting.name)=\($0)" }
        }
    }

    /// Without what is secret in a URL: the password and the query.
    private static func shown(_ values: [String]) -> String {
        values.map { WebAddress.masked($0) }.joined(separator: " ")
    }

    /// Refuses a variable that is meant for the edge and says nothing to it, as the file's unknown names are.
    private static func checkNames(of environment: [String: String], settings: [SettingSchema]) throws(CommandError) {
        let known = settings.map(\.variable)
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(SettingSchema.variablePrefix) && !value.isEmpty && !known.contains(name) {
            guard !isOfOthers(name) else { continue }
            throw CommandError("\(name): there is no such setting\(SettingSchema.hint(for: name, among: known))")
        }
    }

    /// Whether the variable is the build's, another command's, a key script's, or one that Kubernetes gives to containers beside a
    /// service whose name begins with "linkseal".
    private static func isOfOthers(_ name: String) -> Bool {
        ["LINKSEAL_COMMIT", "LINKSEAL_CONFIG", "LINKSEAL_PASSPHRASE_FILE", "LINKSEAL_ROTATE_AFTER"].contains(name)
            || name.hasPrefix("LINKSEAL_MARKETO_")
            || name.wholeMatch(of: /LINKSEAL_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)/)
                != nil
    }
}
