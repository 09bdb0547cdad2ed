/// A row of a sheet that has any text: its cells one after the other in one buffer.
public struct WorkbookRow: Hashable, Sendable {
    /// The row's number in the sheet, from 1.
    public internal(set) var number: Int
    /// The cells as they are displayed, in UTF-8.
    public internal(set) var bytes: [UInt8] = []
    /// Where each cell ends in `bytes`. The last has text.
    public internal(set) var ends: [Int] = []

    init(number: Int) { self.number = number }

    /// All cells as text.
    public var cells: [String] {
        var start = 0
        return ends.map { (end) in
            defer { start = end }
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }
    }
}
