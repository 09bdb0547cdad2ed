extension ContactLibrary {
    /// Writes a list as the participants that LimeSurvey imports into a survey with closed access (LimeSurvey Manual,
    /// "Survey participants"). A participant's access code is the contact ID. Embedded data stays here. `-` is standard
    /// output.
    ///
    /// - Returns: the languages of the contacts. LimeSurvey leaves out a participant whose language the survey lacks.
    /// - Throws: ``DistributionsError/link(contact:source:line:fault:)``, before anything is written, for a contact ID that
    ///   LimeSurvey would not take as an access code.
    public func exportLimeSurveyParticipants(
        _ list: ContactList, to path: String
    ) throws(DistributionsError) -> Set<String> {
        let output = try OutputFile(path, outsideOf: workspace)
        try forEachContact(of: list) { (contact) throws(DistributionsError) in
            if let fault = ContactIDRule.limeSurvey.fault(of: contact) {
                throw .link(contact: contact[.contactID], source: list.name, line: nil, fault: fault)
            }
            return true
        }
        var languages: Set<String> = []
        var csv = CSVWriter()
        for heading in ["firstname", "lastname", "email", "token", "language"] { csv.plainCell(heading) }
        csv.endRow()
        try forEachContact(of: list) { (contact) throws(DistributionsError) in
            for text in [contact.firstName, contact.lastName, contact.email] { csv.cell(Self.limeSurveyCell(text)) }
            // A guard would make it another code, and its characters can't run as a formula.
            csv.cell(contact[.contactID])
            csv.cell(Self.limeSurveyCell(contact.language))
            csv.endRow()
            if !contact.language.isEmpty { languages.insert(contact.language) }
            if csv.bytes.count >= 1 << 16 { try output.write(csv.take()) }
            return true
        }
        try output.write(csv.take())
        try output.commit()
        return languages
    }

    /// LimeSurvey reads the file line by line, and each line with PHP's `str_getcsv`, which takes a backslash before a
    /// quotation mark for an escape.
    private static func limeSurveyCell(_ text: String) -> String {
        let breaking = ["\\", "\n", "\r", "\r\n"] as Set<Character>
        return FormulaGuard.applied(to: String(text.map { breaking.contains($0) ? " " : $0 }))
    }
}
