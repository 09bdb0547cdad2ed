/// What a contact file was taken for, and what was repaired, left out or looks wrong in it.
public struct ContactFindings: Hashable, Sendable {
    /// Which column was taken for what. Nil where the contacts come from no file.
    public internal(set) var columns: ContactColumns?
    /// Rows without any text, which were passed over.
    public internal(set) var blankRows = 0
    /// Why the file is probably not in the encoding that a person gave.
    var encodingDoubt: EncodingDoubt?
    /// Rows with fewer cells than the first line; the missing cells are empty.
    var shortRows = LineList()
    /// Rows with more cells than the first line; the additional cells are empty.
    var longRows = LineList()
    /// Addresses that were wrapped in something, and were repaired.
    var repairedEmails = LineList()
    /// Invalid e-mail addresses, which are kept as they are.
    var invalidEmails = LineList()
    /// Rows that say nothing of a person, such as a total.
    var footers = LineList()
    /// IDs and references whose last digits a spreadsheet removed, such as `4.91513E+11`.
    var roundedIDs = LineList()
    /// IDs and references with a decimal place, such as `101.0`.
    var decimalIDs = LineList()
    /// Contacts who want no mail.
    public internal(set) var optedOut = LineList()
    /// Whether these were left out.
    public internal(set) var skipsOptedOut = false
    /// Contacts about whom such a column says neither yes nor no.
    var unclearOptOuts = LineList()

    var warnings: [ContactWarning] {
        let lists: [(LineList, (LineList) -> ContactWarning)] = [
            (shortRows, ContactWarning.shortRows), (longRows, ContactWarning.longRows),
            (repairedEmails, ContactWarning.repairedEmails), (invalidEmails, ContactWarning.invalidEmails),
            (footers, ContactWarning.footers), (roundedIDs, ContactWarning.roundedIDs),
            (decimalIDs, ContactWarning.decimalIDs),
            (optedOut, { [skipsOptedOut] in .optedOut($0, areSkipped: skipsOptedOut) }),
            (unclearOptOuts, ContactWarning.unclearOptOuts),
        ]
        return (encodingDoubt.map { [.encoding($0)] } ?? []) + (columns?.warnings ?? [])
            + lists.filter { !$0.0.isEmpty }.map { $1($0) }
    }
}
