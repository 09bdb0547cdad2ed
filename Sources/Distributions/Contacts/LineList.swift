/// Lines of a file that have something in common: how many there are, and the first twenty.
public struct LineList: Hashable, Sendable {
    public private(set) var count = 0
    /// Lines count from 1.
    public private(set) var first: [Int] = []

    /// As many as a person may want to look at.
    static let limit = 20

    init() {}

    var isEmpty: Bool { count == 0 }

    mutating func append(_ line: Int) {
        count += 1
        if first.count < Self.limit { first.append(line) }
    }
}

extension LineList: CustomStringConvertible {
    /// `line 3`, `lines 3 and 7`, `lines 3, 7, 12 and 40 more`.
    public var description: String {
        var words = first.map(String.init)
        if count > first.count { words.append("\(count - first.count) more") }
        let last = words.popLast() ?? ""
        return (count == 1 ? "line " : "lines ")
            + (words.isEmpty ? last : words.joined(separator: ", ") + " and " + last)
    }
}
