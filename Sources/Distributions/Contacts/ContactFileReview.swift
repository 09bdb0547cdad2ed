/// A contact file as a person sees it before the import: how it is read, its first rows, and what an import would say.
///
/// Making one throws nothing, since a file that can't be imported has to be shown too: ``problem`` says why.
///
/// ```swift
/// let review = ContactFileReview(ContactFile("people.csv"), detectingHeadings: true)
/// if let problem = review.problem { print(problem, review.readings) }
/// ```
public struct ContactFileReview: Sendable {
    /// What a person took a column for.
    public struct Choice: Hashable, Sendable {
        /// The heading that the column had then. Nil when that doesn't matter.
        public let heading: String?
        /// Nil for embedded data.
        public let field: ContactField?

        public init(heading: String?, field: ContactField?) {
            self.heading = heading
            self.field = field
        }
    }

    /// The file as an import would read it.
    public private(set) var file: ContactFile
    /// How the rows were read. Nil when not even the first could be.
    public private(set) var layout: TableLayout?
    /// A line that isn't UTF-8, in the encodings that it is most likely to be in. Nothing in the file says which is right,
    /// so a person has to; the rows are shown in the first meanwhile.
    public private(set) var readings: [TextReading] = []
    /// The address in the first line, because of which that was taken for a contact.
    public private(set) var addressInFirstLine: String?
    /// The headings as fields are assigned to them: `Column 1` and so on where the file has none.
    public private(set) var headings: [String] = []
    /// The first rows below the headings.
    public private(set) var rows: [[String]] = []
    /// What the columns were taken for, from 0.
    public private(set) var fields: [Int: ContactField] = [:]
    /// What an import would say of each row. Nil when it would refuse the file as a whole.
    public private(set) var check: ContactCheck?
    /// Why it would.
    public private(set) var problem: DistributionsError?

    /// Whether an import would take every contact.
    public var canImport: Bool { check?.canImport ?? false }

    /// - Parameters:
    ///   - file: the file, and how a person says it is to be read.
    ///   - choices: what a person took the columns for. They count while the headings are those that were chosen for;
    ///     fields are found by the headings otherwise.
    ///   - detectingHeadings: whether the first line is taken for a contact when it has an e-mail address.
    ///   - rowCount: how many rows are shown.
    ///   - progress: called now and then with the number of contacts that were read.
    public init(
        _ file: ContactFile, choices: [Choice] = [], detectingHeadings: Bool = false, rows rowCount: Int = 20,
        progress: ContactLibrary.ContactProgress? = nil
    ) {
        self.file = file
        var (first, shown) = ([[String]](), file)
        if file.encoding != .utf8 {
            // Whoever chose an encoding shall be able to choose again.
            shown.encoding = .utf8
            note(look(at: shown, rowCount, &first))
            shown.encoding = file.encoding
        }
        switch note(look(at: shown, rowCount, &first)) {
        case .table(_, _, _, .invalidText):
            guard let likely = readings.first else { break }
            shown.encoding = likely.encoding
            _ = look(at: shown, rowCount, &first)
        case .workbook(_, .noSheet):
            shown.sheet = nil
            _ = look(at: shown, rowCount, &first)
        default: break
        }
        let cells = (first.first ?? []).map { FormulaGuard.removed(from: $0).trimmed }
        if detectingHeadings, file.hasHeadings, let address = cells.first(where: EmailAddress.isUnmistakable) {
            addressInFirstLine = address
            self.file.hasHeadings = false
        }
        headings = self.file.hasHeadings ? cells : cells.indices.map { "Column \($0 + 1)" }
        rows = Array(first.dropFirst(self.file.hasHeadings ? 1 : 0).prefix(rowCount))
        let isChosen = !choices.isEmpty && choose(choices)
        do throws(DistributionsError) {
            let check = try ContactCheck(self.file, progress: progress)
            self.check = check
            fields = Dictionary(uniqueKeysWithValues: check.columns.fields.map { ($1, $0) })
        } catch {
            problem = note(error)
            guard !isChosen else { return }
            for (column, heading) in headings.enumerated() {
                guard let field = ContactField(heading), !fields.values.contains(field) else { continue }
                fields[column] = field
            }
        }
    }

    /// Keeps the readings of a line, should the error have some.
    @discardableResult
    private mutating func note(_ error: DistributionsError?) -> DistributionsError? {
        if case .table(_, _, _, .invalidText(.utf8, let found)) = error, !found.isEmpty { readings = found }
        return error
    }

    /// Reads the first rows. Errors that the check reports as well are ignored here.
    private mutating func look(
        at file: ContactFile, _ count: Int, _ rows: inout [[String]]
    ) -> DistributionsError? {
        rows = []
        var row = CSVRow()
        do throws(DistributionsError) {
            var table = try file.rows()
            layout = table.layout
            while rows.count <= count, try table.read(into: &row) { rows.append(row.cells) }
            return nil
        } catch {
            return file.withReadings(error)
        }
    }

    /// Assigns the fields, unless other columns are there now. Whether it did.
    private mutating func choose(_ choices: [Choice]) -> Bool {
        let isSame =
            choices.count <= headings.count
            && zip(choices, headings).allSatisfy { $0.heading == nil || $0.heading == $1 }
            && (choices.count == headings.count || choices.contains { $0.heading == nil })
        guard isSame else { return false }
        for (column, choice) in choices.enumerated() where !headings[column].isEmpty {
            guard let field = choice.field else { continue }
            file.map[file.hasHeadings ? headings[column] : String(column + 1)] = field
            fields[column] = field
        }
        file.recognizesHeadings = false
        return true
    }
}

extension ContactFile {
    /// Whether this build reads Excel workbooks.
    public static var readsWorkbooks: Bool {
        #if Spreadsheets
            true
        #else
            false
        #endif
    }
}
