/// What is wrong with a directory of pages: where, and what to do about it.
public struct PageDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// From 1; nil where no line is to blame.
    public let line: Int?
    public let column: Int?
    public let reason: String

    init(_ path: String, line: Int? = nil, column: Int? = nil, _ reason: String) {
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// `pages/de.json:3:5: …`
    public var description: String {
        path + (line.map { ":\($0)" } ?? "") + (column.map { ":\($0)" } ?? "") + ": " + reason
    }
}
