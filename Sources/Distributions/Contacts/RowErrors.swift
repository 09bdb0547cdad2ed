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
