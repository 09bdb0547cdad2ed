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
    ///   - file: the contact file.
    ///   - limit: how many problems are kept.
    ///   - preview: how many contacts are kept to be shown.
    ///   - progress: called now and then with the number of contacts that were read.
    /// - Throws: ``DistributionsError`` if the file as a whole can't be used: because of its headings, because it is in
    ///   another encoding, or because no contact is in it; ``DistributionsError/cancelled``.
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
                case .table(_, _, _, .invalidText), .table(_, _, _, .zeroByte): throw error
                case .table(_, let line, _, let fault): problems.append(line: line, fault.description)
                case .contact(_, let line, let fault): problems.append(line: line, fault.description)
                default: throw error
                }
                problems.isCutShort = !error.isOfOneRow
            }
        }
        report = intake.report
        report.findings = reader.findings
        if report.contacts == 0, problems.count == 0 { throw file.emptiness(optedOut: report.findings.optedOut.count) }
    }

    /// Whether an import takes every contact of the file.
    public var canImport: Bool { problems.count == 0 }
}

/// Rows of a contact file that can't be taken in: the first ones, and how many there are.
public struct RowErrors: Hashable, Sendable {
    /// A row, by the line that it begins in, and why it can't be taken in.
    public struct Row: Hashable, Sendable, CustomStringConvertible {
        public let line: Int
        public let reason: String

        public var description: String { "line \(line): \(reason)" }
    }

    /// In the order of their lines.
    public private(set) var first: [Row] = []
    public private(set) var count = 0
    /// Whether reading ended at the last one, since no row can be told from the next after it.
    public internal(set) var isCutShort = false

    /// How many are kept.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { first.count == limit }

    mutating func append(line: Int, _ reason: String) {
        count += 1
        if !isFull { first.append(Row(line: line, reason: reason)) }
    }

    /// What isn't listed. Nil when all is.
    public var more: String? {
        if isCutShort { return "there may be more below" }
        return count > first.count ? "and \(count - first.count) more" : nil
    }
}

extension ContactFile {
    /// Why no contact is left of the file.
    func emptiness(optedOut: Int) -> DistributionsError {
        skipsOptedOut && optedOut > 0
            ? .emptySelection(source: name ?? path, .optedOut(optedOut)) : .noContacts(source: name ?? path)
    }

    /// The error of a row, or those of all rows when there is more than one.
    func withAllErrors(_ error: DistributionsError) -> DistributionsError {
        guard error.isOfOneRow, let check = try? ContactCheck(self, limit: LineList.limit, preview: 0),
            check.problems.count > 1
        else { return error }
        return .rows(file: name ?? path, check.problems)
    }
}

extension DistributionsError {
    /// Whether a row is wrong by itself, so that the ones below it can be read.
    var isOfOneRow: Bool {
        switch self {
        case .contact, .table(_, _, _, .ragged): true
        default: false
        }
    }
}
