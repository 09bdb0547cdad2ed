/// One record of a CSV file: its cells one after the other in one buffer, which is used again for the next record.
public struct CSVRow: Sendable {
    /// The line that the record begins in, from 1.
    public internal(set) var line = 0
    var bytes: [UInt8] = []
    /// Where each cell ends in `bytes`.
    var ends: [Int] = []

    public init() {}

    init(line: Int, bytes: [UInt8], ends: [Int]) {
        self.line = line
        self.bytes = bytes
        self.ends = ends
    }

    /// The number of cells.
    public var count: Int { ends.count }

    /// A cell as text.
    public subscript(index: Int) -> String {
        withBytes(of: index) { String(decoding: $0, as: UTF8.self) }
    }

    /// A cell as UTF-8, without making text of it.
    func withBytes<Result>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range(of: index)])) }
    }

    /// All cells as text.
    public var cells: [String] { (0..<count).map { self[$0] } }

    public func isEmpty(_ index: Int) -> Bool { range(of: index).isEmpty }

    /// Whether no cell has any text.
    public var isBlank: Bool { bytes.isEmpty }

    func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// Adds empty cells at the end, up to that number of cells.
    mutating func pad(to count: Int) {
        while ends.count < count { ends.append(bytes.count) }
    }

    /// Removes empty cells at the end, down to that number of cells.
    mutating func cut(to count: Int) {
        ends.removeLast(ends.count - count)
    }

    mutating func begin(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
