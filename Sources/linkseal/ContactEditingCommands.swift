import ArgumentParser
import Distributions
import Encoding
import LinkToken

/// What shall be said of a contact.
struct ContactEditOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The e-mail address.", valueName: "address"))
    var email: String?
    @Option(help: ArgumentHelp("The first name.", valueName: "name"))
    var firstName: String?
    @Option(help: ArgumentHelp("The last name.", valueName: "name"))
    var lastName: String?
    @Option(help: ArgumentHelp("What another system knows the contact by.", valueName: "id"))
    var externalDataReference: String?
    @Option(help: ArgumentHelp("The language, such as de.", valueName: "code"))
    var language: String?
    @Option(
        help: ArgumentHelp(
            "A field of the list's embedded data, such as \"Plan=gold\"; can be given again.", valueName: "name=value"))
    var field: [String] = []

    func edit() throws -> ContactEdit {
        var edit = ContactEdit()
        let given: [(ContactField, String?)] = [
            (.email, email), (.firstName, firstName), (.lastName, lastName),
            (.externalDataReference, externalDataReference), (.language, language),
        ]
        for (field, value) in given { edit.fields[field] = value?.trimmed }
        for entry in field {
            guard let equals = entry.firstIndex(of: "=") else {
                throw CommandError("--field \"\(entry)\" can't be used; expected NAME=VALUE, such as \"Plan=gold\"")
            }
            edit.embeddedData[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return edit
    }
}

/// A contact of a list, as commands tell of it.
private struct EditedContactReport: Encodable {
    var list, id, name: String

    init(_ contact: Contact, of list: String) {
        self.list = list
        id = contact[.contactID]
        name = contact.title
    }
}

private func warnOfSharedEmail(_ edited: ContactLibrary.EditedContact) {
    guard edited.sharingEmail > 0 else { return }
    warn(
        "\(counted(edited.sharingEmail, "other contact has", "other contacts have")) the e-mail address"
            + " \(edited.contact.email); each gets a link, and `linkseal contacts duplicates` finds them")
}

extension ContactsCommand {
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add one contact to a list.",
            discussion: """
                  linkseal contacts add Customers --email ada@customer.example --first-name Ada --field Plan=gold

                Distributions that were made from the list don't change.
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: "The list.") var list: String
        @Option(help: ArgumentHelp("The contact ID (default: a new one).", valueName: "id"))
        var id: String?
        @OptionGroup var options: ContactEditOptions

        func run() throws {
            var edit = try options.edit()
            if let id { edit.fields[.contactID] = id }
            let added = try workspace.open().contacts.addContact(edit, to: list)
            try result.show(EditedContactReport(added.contact, of: list)) {
                let id = added.contact[.contactID]
                print("Added \(added.contact.title) to the list \"\(list)\", with the contact ID \(id).")
            }
            warnOfSharedEmail(added)
        }
    }

    struct Change: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change one contact of a list.",
            discussion: """
                What isn't given stays; an empty value removes what is there. The contact keeps its ID.

                  linkseal contacts change Customers --contact ada@customer.example --email ada@new.example
                  linkseal contacts change Customers --contact 4711 --field Plan=gold --field "Region="
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: "The list.") var list: String
        @Option(help: ArgumentHelp("The contact, by ID or e-mail address.", valueName: "id"))
        var contact: String
        @OptionGroup var options: ContactEditOptions

        func run() throws {
            let edit = try options.edit()
            guard edit != ContactEdit() else { throw ValidationError("Give what shall be changed, such as --email.") }
            let changed = try workspace.open().contacts.changeContact(contact, of: list, edit)
            try result.show(EditedContactReport(changed.contact, of: list)) {
                print("Changed \(changed.contact.title) (\(changed.contact[.contactID])) in the list \"\(list)\".")
            }
            warnOfSharedEmail(changed)
        }
    }

    struct RemoveContact: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove one contact from a list.",
            discussion: """
                Links that were made for the contact still work; `linkseal revoke` revokes them. `linkseal contacts erase` \
                removes a person from everywhere.
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "The list.") var list: String
        @Option(help: ArgumentHelp("The contact, by ID or e-mail address.", valueName: "id"))
        var contact: String

        func run() throws {
            let library = try workspace.open().contacts
            let found = try library.contact(called: contact, of: library.list(named: list))
            try confirmation.ask("\(found.title) (\(found[.contactID])) will be removed from the list \"\(list)\".")
            let removed = try library.removeContact(found[.contactID], from: list)
            try result.show(EditedContactReport(removed, of: list)) {
                print("Removed \(removed.title) (\(removed[.contactID])) from the list \"\(list)\".")
            }
        }
    }

    struct Merge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make one list of several.",
            discussion: """
                A contact that is in several lists, by its ID, is taken once, from the first of them. Contacts that share \
                only an e-mail address are all taken; `linkseal contacts duplicates` finds them.

                  linkseal contacts merge Customers Partners --name Everybody
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: "The lists.") var lists: [String]
        @Option(help: "The name of the new list.")
        var name: String
        @Flag(help: "Replace the list of that name.")
        var replace = false

        func validate() throws {
            guard lists.count > 1 else { throw ValidationError("Give two lists or more.") }
        }

        func run() throws {
            let merged = try workspace.open().contacts.merge(lists, as: name, replacing: replace, at: .now)
            var report = ContactListReport(merged.list, report: merged.report)
            report.inSeveral = merged.inSeveral
            try result.show(report) {
                print("\(merged.list.contacts) contacts are in the list \"\(name)\".")
                if merged.inSeveral > 0 { print("\(merged.inSeveral) of them are in more than one list.") }
                for warning in merged.report.warnings { warn("\(warning.advised)") }
            }
        }
    }

    struct Duplicates: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find contacts of a list that share an e-mail address, and keep one of each.",
            discussion: """
                  linkseal contacts duplicates Customers
                  linkseal contacts duplicates Customers --keep first
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "The list.") var list: String
        @Option(help: "Remove all but the first or the last contact of each address.")
        var keep: ContactLibrary.KeptDuplicate?
        @Option(help: "For how many addresses contacts are shown.")
        var limit = 20

        private struct Report: Encodable {
            struct Address: Encodable {
                var email: String
                var contacts: [EditedContactReport]
            }
            var addresses, contacts: Int
            var first: [Address]
            var removed = 0
        }

        func run() throws {
            let library = try workspace.open().contacts
            let found = try library.duplicateAddresses(of: list, limit: max(limit, 0))
            var report = Report(
                addresses: found.addresses, contacts: found.contacts,
                first: found.first.map { (contacts) in
                    .init(email: contacts[0].email, contacts: contacts.map { EditedContactReport($0, of: list) })
                })
            if let keep, found.addresses > 0 {
                try confirmation.ask(
                    "\(found.contacts - found.addresses) contacts that share an e-mail address with another will be removed"
                        + " from the list \"\(list)\".")
                report.removed = try library.removeDuplicates(of: list, keeping: keep).removed
            }
            try result.show(report) {
                guard found.addresses > 0 else {
                    return print("No two contacts of \"\(list)\" share an e-mail address.")
                }
                if keep != nil {
                    return print(
                        "Removed \(counted(report.removed, "contact", "contacts")); one of each address is kept.")
                }
                print(
                    "\(found.contacts) contacts of \"\(list)\" share"
                        + " \(counted(found.addresses, "e-mail address", "e-mail addresses")):")
                printTable(
                    ["EMAIL", "CONTACT ID", "NAME"],
                    found.first.joined().map { [$0.email, $0[.contactID], "\($0.firstName) \($0.lastName)".trimmed] })
                if found.addresses > found.first.count {
                    print("… and \(found.addresses - found.first.count) more addresses")
                }
            }
        }
    }
}

extension ContactLibrary.KeptDuplicate: ExpressibleByArgument {}
