/// What an import of a contact file would say, all of it and not only the first fault.
public struct ContactCheck: Sendable {
    /// A line that can't be taken in, and why.
    public struct Problem: Hashable, Sendable {
        public let line: Int
        public let reason: String
    }

    /// The first problems, in the order of their lines.
    public private(set) var problems: [Problem] = []
    /// Whether reading ended at the last problem, since no row can be told from the next after it, or there were too
    /// many.
    public private(set) var isCutShort = false
    /// Of the lines that can be taken in.
    public private(set) var report = ContactReport()
    public private(set) var columns: ContactColumns
    /// The contacts of the first lines.
    public private(set) var firstContacts: [Contact] = []

    /// Reads a whole file and takes nothing in.
    ///
    /// - Parameters:
    ///   - limit: after so many problems it ends.
    ///   - preview: how many contacts are kept to be shown.
    ///   - progress: called now and then with the number of contacts that were read.
    /// - Throws: what is wrong with the file as a whole, its headings above all; ``DistributionsError/cancelled``.
    public init(
        _ file: ContactFile, limit: Int = 100, preview: Int = 5, progress: ContactLibrary.ContactProgress? = nil
    ) throws(DistributionsError) {
        var reader = try file.reader()
        columns = reader.columns
        var intake = ContactIntake()
        while problems.count < limit {
            do throws(DistributionsError) {
                guard var entry = try reader.next() else { break }
                if firstContacts.count < preview { firstContacts.append(entry.contact) }
                try intake.take(&entry.contact, line: entry.line, from: file)
                if intake.report.contacts.isMultiple(of: 4096) {
                    if Task.isCancelled { throw .cancelled }
                    progress?(intake.report.contacts)
                }
            } catch {
                switch error {
                case .table(_, let line, _, .ragged(let found, let expected)):
                    problems.append(
                        Problem(line: line, reason: TableFault.ragged(found: found, expected: expected).description))
                case .table(_, let line, _, let fault):
                    problems.append(Problem(line: line, reason: fault.description))
                    isCutShort = true
                case .contact(_, let line, let fault):
                    problems.append(Problem(line: line, reason: fault.description))
                default:
                    throw error
                }
            }
            if isCutShort { break }
        }
        if problems.count >= limit { isCutShort = true }
        report = intake.report
        report.findings = reader.findings
    }
}
