import ArgumentParser
import Consumption
import Distributions

/// Which contacts get links.
struct ContactOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A CSV file of contacts; - is standard input.", valueName: "file"))
    var contacts: String?

    @Option(help: ArgumentHelp("A contact list of the workspace.", valueName: "name"))
    var list: String?

    @Option(help: ArgumentHelp("This many placeholders, for respondents you don't know yet.", valueName: "count"))
    var dummy: Int?

    @Option(
        help: ArgumentHelp(
            "The contacts of another distribution, for another survey. Its links still work; a reminder with the same links is `linkseal reminder`.",
            valueName: "distribution"))
    var from: String?

    @OptionGroup var reading: ContactFileOptions

    @Option(help: ArgumentHelp("Only this contact, by ID or e-mail address; can be given again.", valueName: "id"))
    var contact: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only contacts whose field has this value, such as Plan=gold; can be given again: for the same field either value will do.",
            valueName: "field=value"))
    var conditions: [String] = []

    @Option(help: ArgumentHelp("Only a random sample: a number, or a share such as 5%.", valueName: "size"))
    var sample: String?

    @Option(help: ArgumentHelp("Repeats a sample.", valueName: "number"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Only contacts without a link of this distribution; can be given again.", valueName: "distribution"))
    var notIn: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --from: only contacts whose link has this status; can be given again.", valueName: "status"))
    var onlyStatus: [LinkStatus] = []

    func validate() throws {
        let given = [contacts != nil, list != nil, dummy != nil, from != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("Give one of --contacts, --list, --dummy and --from.")
        }
        if contacts == nil, !reading.areDefault {
            throw ValidationError("\(ContactFileOptions.names) go with --contacts.")
        }
        if contact.contains("") { throw ValidationError("Give --contact an ID or an e-mail address.") }
        if let text = conditions.first(where: { FieldCondition($0) == nil }) {
            throw ValidationError("--where \"\(text)\" can't be used; expected FIELD=VALUE, such as Plan=gold.")
        }
        if seed != nil, sample == nil { throw ValidationError("--seed goes with --sample.") }
        if !onlyStatus.isEmpty, from == nil { throw ValidationError("--only-status goes with --from.") }
    }

    /// - Parameter uses: what is known of the links of the distribution that contacts are taken from.
    func source(
        in workspace: Workspace, uses: (Distribution) async throws -> DistributionHistory
    ) async throws -> ContactSource {
        if let contacts { return .file(try reading.file(contacts)) }
        if let list { return .list(list) }
        if let dummy { return .dummies(dummy) }
        let distribution = try workspace.distributions.distribution(called: from ?? "")
        return .distribution(distribution.id, try await uses(distribution))
    }

    func selection(in workspace: Workspace) throws -> ContactSelection {
        var selection = ContactSelection()
        selection.contacts = contact
        selection.conditions = conditions.compactMap { FieldCondition($0) }
        selection.sample = try sample.map { (text) throws(DistributionsError) in try SampleSize(text) }
        selection.seed = seed
        for text in notIn { selection.notIn.append(try workspace.distributions.distribution(called: text).id) }
        selection.statuses = Set(onlyStatus)
        return selection
    }
}

extension LinkStatus: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
