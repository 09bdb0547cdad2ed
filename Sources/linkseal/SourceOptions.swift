import ArgumentParser
import Distributions
import Encoding
import FoundationEssentials

/// Where the credentials of contact sources are. The values themselves are never arguments, which others on the machine
/// can see.
struct SourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of mode 0600 with lines NAME=value for the credentials \(Self.names) (default: the environment).",
            valueName: "file"))
    var credentialsFile: String?

    private static var names: String { contactSources.flatMap { $0.credentialNames }.joined(separator: ", ") }

    func credentials() throws -> SourceCredentials {
        try SourceCredentials(
            file: credentialsFile, environment: ProcessInfo.processInfo.environment, of: contactSources)
    }

    func open<Source: ContactListSource>(_: Source.Type) throws -> Source {
        try Source(credentials()) { (notice) in
            switch notice {
            case .waiting(let text): note("\(text).")
            case .warning(let text): warn("\(text)")
            }
        }
    }
}

/// Which list of which service an import takes.
struct SourceListOptions: ParsableArguments {
    struct Service: ExpressibleByArgument {
        let type: any ContactListSource.Type

        init?(argument: String) {
            guard let type = contactSources.first(where: { $0.name == argument }) else { return nil }
            self.type = type
        }

        static var allValueStrings: [String] { contactSources.map { $0.name } }
    }

    @Option(help: "A service to import from, instead of a file.")
    var from: Service?
    @Option(help: ArgumentHelp("With --from: a static list, by its name.", valueName: "name"))
    var list: String?
    @Option(help: ArgumentHelp("With --from: a static list, by its ID.", valueName: "number"))
    var listId: Int?
    @Option(help: ArgumentHelp("With --from: a smart list, by its name.", valueName: "name"))
    var smartList: String?
    @Option(help: ArgumentHelp("With --from: a smart list, by its ID.", valueName: "number"))
    var smartListId: Int?
    @Option(
        help: ArgumentHelp(
            "With --from: the service's names of more fields, separated by commas; they become embedded data.",
            valueName: "names"))
    var fields: String?

    private var choices: [SourceListChoice] {
        [
            list.map { .name($0, .static) }, listId.map { .number($0, .static) },
            smartList.map { .name($0, .smart) }, smartListId.map { .number($0, .smart) },
        ].compactMap(\.self)
    }

    func validate() throws {
        if from != nil, choices.count != 1 {
            throw ValidationError("Give one of --list, --list-id, --smart-list and --smart-list-id with --from.")
        }
        if from == nil, !choices.isEmpty || fields != nil {
            throw ValidationError("--list, --list-id, --smart-list, --smart-list-id and --fields go with --from.")
        }
    }

    /// What brings the chosen list.
    func supplier(_ access: SourceOptions) async throws -> any ContactSupplier {
        guard let from else { preconditionFailure("a service was chosen") }
        let names = fields.map { $0.split(separator: ",").map { $0.trimmed } } ?? []
        return try await access.open(from.type).supplier(of: choices[0], fields: names, at: .now)
    }
}

extension SourceRemedy {
    /// What a person at the command line can do.
    var advice: String {
        switch self {
        case .giveCredentials: "set them in the environment, or in a file of mode 0600 that --credentials-file names"
        case .chooseList(let source): "`linkseal contacts \(source) lists` shows all lists"
        case .chooseByNumber: "choose one by its ID, with --list-id or --smart-list-id"
        case .retry: "run the command again later"
        case .resume: "run the command again later; it continues where it stopped"
        }
    }
}
