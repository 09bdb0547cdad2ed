/// What an import of a contact file would say, all of it and not only the first fault.
public struct ContactCheck: Sendable {
    public private(set) var problems: RowErrors
    /// Of the lines that can be taken in.
    public private(set) var report = ContactReport()
    public private(set) var columns: ContactColumns
    /// The contacts of the first lines.
    public private(set) var firstContacts: [Contact] = []

    /// Reads a whole file and takes nothing in.
    ///
    /// - Parameters:
    ///   - limit: how many problems are kept.
    ///   - preview: how many contacts are kept to be shown.
    ///   - progress: called now and then with the number of contacts that were read.
    /// - Throws: what is wrong with the file as a whole, its headings above all; ``DistributionsError/cancelled``.
    public init(
        _ file: ContactFile, limit: Int = 100, preview: Int = 5, progress: ContactLibrary.ContactProgress? = nil
    ) throws(DistributionsError) {
        var reader = try file.reader()
        columns = reader.columns
        problems = RowErrors(limit: limit)
        var intake = ContactIntake()
        while !problems.isCutShort {
            do throws(DistributionsError) {
                guard var entry = try reader.next() else { break }
                if firstContacts.count < preview { firstContacts.append(entry.contact) }
                // Each look at the first of two takes a reading of the file. For counting, their hashes are enough.
                try intake.take(
                    &entry.contact, line: entry.line, from: file, confirming: !problems.isFull)
                if intake.report.contacts.isMultiple(of: 4096) {
                    if Task.isCancelled { throw .cancelled }
                    progress?(intake.report.contacts)
                }
            } catch {
                switch error {
                case .table(_, let line, _, let fault): problems.append(line: line, fault.description)
                case .contact(_, let line, let fault): problems.append(line: line, fault.description)
                default: throw error
                }
                problems.isCutShort = !error.isOfOneRow
            }
        }
        report = intake.report
        report.findings = reader.findings
    }
}
