import LinkToken

/// A small list of invented people, to try everything with before there is a real one. No mail to them can arrive: their
/// domain is reserved for examples (RFC 2606 §2).
public enum SampleContacts {
    /// The name that the list is given.
    public static let listName = "Sample list"

    static let embeddedNames = ["Plan", "City"]

    static let contacts: [Contact] = [
        ("1001", "Ada", "Okafor", "ada.okafor", "en", ["gold", "Lagos"]),
        ("1002", "Benoît", "Lefèvre", "benoit.lefevre", "fr", ["silver", "Besançon"]),
        ("1003", "Chiara", "Ricci", "chiara.ricci", "it", ["silver", "Torino"]),
        ("1004", "Daniel", "Kim", "daniel.kim", "en", ["gold", "Busan"]),
        ("1005", "Elif", "Yılmaz", "elif.yilmaz", "tr", ["bronze", "İzmir"]),
        ("1006", "Frieda", "Müller", "frieda.mueller", "de", ["gold", "Köln"]),
        ("1007", "Grace", "O'Brien", "grace.obrien", "en", ["bronze", "Galway"]),
        ("1008", "花子", "山田", "hanako.yamada", "ja", ["silver", "大阪"]),
        ("1009", "Inés", "Muñoz", "ines.munoz", "es", ["gold", "Málaga"]),
        ("1010", "Jürgen", "Groß", "juergen.gross", "de", ["silver", "Düsseldorf"]),
    ].map { (id, firstName, lastName, mailbox, language, data) in
        Contact(
            id: try? ContactID(id), firstName: firstName, lastName: lastName, email: mailbox + "@customer.example",
            language: language, embeddedData: data)
    }

    /// The list as a file that can be imported.
    public static func csv(as dialect: CSVDialect) -> [UInt8] {
        var csv = CSVWriter(separator: dialect.separator)
        csv.appendHeadings(embeddedNames: embeddedNames)
        for contact in contacts { csv.append(contact) }
        return dialect.opening + csv.take()
    }
}

extension ContactLibrary {
    /// Takes ``SampleContacts`` into the library.
    ///
    /// - Throws: ``DistributionsError/exists(what:name:)`` if the list is there already.
    public func importSample(at now: UnixTime) throws(DistributionsError) -> ContactList {
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try checkIsFree(SampleContacts.listName, replacing: false)
        var rest = SampleContacts.contacts[...]
        let list = try add(
            SampleContacts.listName, embeddedNames: SampleContacts.embeddedNames, from: nil, replacing: false, at: now,
            progress: nil
        ) { rest.popFirst() }
        return list!
    }
}
