import ArgumentParser
import Distributions
import Encoding
import LinkToken
import Trust

struct ContactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contacts",
        abstract: "The contact lists of the workspace: import, change, merge, show, export, remove; erase a person.",
        subcommands: [
            Import.self, Refresh.self, List.self, Show.self, Dummy.self, Add.self, Change.self, RemoveContact.self,
            Merge.self, Duplicates.self, Remove.self, Export.self, Erase.self,
        ] + contactSources.map { sourceCommand(for: $0) })
}

struct ContactListReport: Encodable {
    var name, imported: String
    var contacts: Int
    var embeddedData: [String]
    /// What became of the contacts of the list that was replaced.
    var changes: ContactChanges?
    /// Contacts that were in more than one of the lists that were merged.
    var inSeveral: Int?
    var warnings: [String] = []

    init(_ list: ContactList, report: ContactReport? = nil) {
        name = list.name
        imported = list.importedAt.description
        contacts = list.contacts
        embeddedData = list.embeddedNames
        changes = report?.changes
        warnings = report?.warnings.map(\.advised) ?? []
    }
}

extension ContactsCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a CSV file of contacts, or a list of a service, into the workspace.",
            discussion: """
                Headings of plain lists in 14 languages and of the exports of Qualtrics, Marketo, Mailchimp, HubSpot, \
                Salesforce, REDCap, Google Contacts and Outlook are known, and a column of e-mail addresses is found by \
                its values. Separators are detected, and so are UTF-8 and UTF-16 from Excel; other encodings are named with --encoding.

                With --replace, contacts that were in the list keep their contact ID, so that --not-in still knows them. They \
                are matched by external data reference, then by e-mail address. Contact IDs in the file win.

                  linkseal contacts import people.csv --name Customers
                  linkseal contacts import people-new.csv --name Customers --replace
                  linkseal contacts import people.txt --name Customers --no-headings --map 1=id,2=email
                  linkseal contacts import people.csv --name Customers --map "Work Email=email"
                \(examples)
                """)
        private static let examples = contactSources.map {
            """
              linkseal contacts import --from \($0.name) --list "Q4 customers" --name Customers
              linkseal contacts import --from \($0.name) --smart-list "Promoters" --name Promoters
            """
        }.joined(separator: "\n")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"))
        var file: String?
        @OptionGroup(title: "Services") var source: SourceListOptions
        @OptionGroup(title: "Services") var access: SourceOptions
        @Option(help: "The name of the list.")
        var name: String
        @OptionGroup var reading: ContactFileOptions
        @Flag(help: "Replace the list of that name. Contacts that were in it keep their ID.")
        var replace = false

        func validate() throws {
            guard (file != nil) != (source.from != nil) else {
                throw ValidationError("Give a file, or --from with a list.")
            }
            if source.from != nil, !reading.areDefault {
                throw ValidationError("\(ContactFileOptions.names) go with a file.")
            }
        }

        func run() async throws {
            let library = try workspace.open().contacts
            let (list, report) =
                if let file {
                    try library.importList(
                        reading.file(file), name: name, replacing: replace, at: .now)
                } else {
                    try await interruptible {
                        try await library.importList(
                            from: source.supplier(access), name: name, replacing: replace, at: .now)
                    }
                }
            try result.show(ContactListReport(list, report: report)) {
                print("\(list.contacts) contacts are in the list \"\(list.name)\".")
                if let changes = report.changes {
                    print(
                        "\(changes.added) added, \(changes.kept) kept (\(changes.changed) of them changed),"
                            + " \(changes.removed) removed.")
                }
                if report.idsMade > 0 { print("\(report.idsMade) had no contact ID and were given one.") }
                if !list.embeddedNames.isEmpty {
                    print("Embedded data: \(list.embeddedNames.joined(separator: ", ")).")
                }
                for warning in report.warnings { warn("\(warning.advised)") }
            }
        }
    }

    struct Refresh: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a list that came from a service again. Contacts that stay keep their contact ID.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var access: SourceOptions
        @OptionGroup var result: ResultOptions
        @Argument var name: String

        private struct Report: Encodable {
            var list: ContactListReport
            var added, removed: [String]
        }

        func run() async throws {
            let library = try workspace.open().contacts
            guard let origin = try library.list(named: name).origin else {
                throw CommandError(
                    "the list \"\(name)\" came from a file; import the file again with `linkseal contacts import --replace`"
                )
            }
            guard let source = contactSources.first(where: { $0.name == origin.service }) else {
                throw CommandError(
                    "the list \"\(name)\" came from \(origin.service), which this build of linkseal doesn't know")
            }
            let refresh = try await interruptible {
                let supplier = try await access.open(source).supplier(
                    of: .key(origin.id), fields: origin.fields, at: .now)
                return try await library.refreshList(named: name, from: supplier, at: .now)
            }
            let report = Report(
                list: ContactListReport(refresh.list, report: refresh.report), added: refresh.added,
                removed: refresh.removed)
            try result.show(report) {
                print(
                    "\(refresh.list.contacts) contacts are in the list \"\(name)\": \(refresh.added.count) added,"
                        + " \(refresh.removed.count) removed.")
                for (sign, people) in [("+", refresh.added), ("-", refresh.removed)] {
                    for person in people.prefix(20) { print("  \(sign) \(person)") }
                    if people.count > 20 { print("  \(sign) … and \(people.count - 20) more") }
                }
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the contact lists.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions

        func run() throws {
            let reports = try workspace.open().contacts.lists().map { ContactListReport($0) }
            try result.show(reports) {
                guard !reports.isEmpty else {
                    return print("There are no contact lists yet; import one with `linkseal contacts import`.")
                }
                printTable(
                    ["NAME", "CONTACTS", "IMPORTED", "EMBEDDED DATA"],
                    reports.map {
                        [$0.name, String($0.contacts), $0.imported, $0.embeddedData.joined(separator: ", ")]
                    }, numbers: [1])
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the first contacts of a list.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument var name: String
        @Option(help: "How many.")
        var limit = 20

        func run() throws {
            let library = try workspace.open().contacts
            let list = try library.list(named: name)
            let headings = ContactField.allCases.map(\.heading) + list.embeddedNames
            var rows: [[String]] = []
            if limit > 0 {
                try library.forEachContact(of: list) { (contact) throws(DistributionsError) in
                    rows.append(ContactField.allCases.map { contact[$0] } + contact.embeddedData)
                    return rows.count < limit
                }
            }
            try result.show(
                rows.map { Dictionary(zip(headings, $0), uniquingKeysWith: { first, _ in first }) }
            ) {
                print("\(list.name): \(list.contacts) contacts, imported \(list.importedAt)")
                printTable(headings, rows)
                if list.contacts > rows.count { print("… and \(list.contacts - rows.count) more") }
            }
        }
    }

    struct Dummy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a list of placeholders, for respondents you don't know yet.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: "How many.")
        var count: Int
        @Option(help: "The name of the list.")
        var name: String
        @Flag(help: "Replace the list of that name.")
        var replace = false

        func run() throws {
            let list = try workspace.open().contacts.makeDummyList(count, name: name, replacing: replace, at: .now)
            try result.show(ContactListReport(list)) {
                print("\(list.contacts) placeholders are in the list \"\(list.name)\".")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a list.", discussion: "Distributions that were made from it stay.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument var name: String

        func run() throws {
            let library = try workspace.open().contacts
            let list = try library.list(named: name)
            try confirmation.ask("The list \"\(name)\" with \(list.contacts) contacts will be removed.")
            try library.removeList(named: name)
            try result.show(ContactListReport(list)) { print("Removed the list \"\(name)\".") }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a list as CSV.",
            discussion: """
                With --for limesurvey, the file is the participants of a survey with closed access, to be imported there. \
                Their access codes are the contact IDs.

                  linkseal contacts export Customers --for limesurvey --out participants.csv
                  linkseal contacts export Customers --for excel --locale de --out customers.csv
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument var name: String
        @Option(help: ArgumentHelp("Where it goes; - is standard output.", valueName: "file"))
        var out: String
        @OptionGroup var csv: CSVArguments
        @Option(
            name: .customLong("for"),
            help: "What opens it: excel, with a double click and where --locale is the computer's, or limesurvey.")
        var program: Program?

        enum Program: String, ExpressibleByArgument, CaseIterable {
            case excel, limesurvey
        }

        func validate() throws {
            try csv.check(isForExcel: program == .excel)
            if program == .limesurvey, csv.bom { throw ValidationError("--bom does not go with --for limesurvey.") }
        }

        func run() throws {
            let library = try workspace.open().contacts
            let list = try library.list(named: name)
            var languages: Set<String> = []
            switch program {
            case .limesurvey: languages = try library.exportLimeSurveyParticipants(list, to: out)
            case .excel, nil: try library.export(list, to: out, as: csv.dialect(isForExcel: program == .excel))
            }
            if program == .limesurvey { Self.noteImport(languages) }
            guard !isStandardOutput(out) else { return }
            try result.show(ContactListReport(list)) {
                print("\(list.contacts) contacts of \"\(name)\" are in \(out).")
            }
        }

        /// By default, LimeSurvey leaves participants out that have no e-mail address, a wrong one, or the name and address
        /// of another.
        private static func noteImport(_ languages: Set<String>) {
            note(
                """
                In LimeSurvey's import, choose the character set UTF-8, turn off "Filter blank email addresses" and \
                "Filter duplicate records", and turn on "Allow invalid email addresses".
                """)
            guard !languages.isEmpty else { return }
            note(
                "Give the survey these languages first; LimeSurvey leaves out participants with others:"
                    + " \(languages.sorted().joined(separator: ", ")).")
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a person's data from lists and distributions, and revoke their links.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Option(help: ArgumentHelp("The person, by contact ID or e-mail address.", valueName: "id"))
        var contact: String

        private struct Erased: Encodable {
            var lists, distributions, outOfReach: [String]
            var sequence: UInt64?
        }

        func run() throws {
            let opened = try workspace.open()
            let secret = try passphrase.read()
            try confirmation.ask(
                "Everything about \(contact) will be removed, and all of their links revoked for good.")
            let erasure = try opened.erase(contact, at: .now)
            let publication =
                erasure.distributions.isEmpty
                ? nil : try opened.publishNoting("the contact is erased", passphrase: secret)
            let report = Erased(
                lists: erasure.lists, distributions: erasure.distributions.map(\.description),
                outOfReach: Erasure.outOfReach, sequence: publication?.bundle.bundle.sequence)
            try result.show(report) {
                if erasure.foundNothing {
                    print("Nothing about \(contact) was found here.")
                } else {
                    print(
                        "Erased \(contact) from \(counted(erasure.lists.count, "list", "lists")) and"
                            + " \(counted(erasure.distributions.count, "distribution", "distributions")), and revoked"
                            + " their links.")
                }
                print("linkseal can't reach:")
                for place in Erasure.outOfReach { print("  - \(place)") }
            }
        }
    }
}
