/// How large a workbook may be. The format compresses well, so the size of the file says little.
public struct WorkbookLimits: Hashable, Sendable {
    /// Bytes of one part of the archive when it is expanded.
    public var partBytes: UInt64 = 4 << 30
    /// How many times as large as its compressed form a part may be, once it has more than ``ratioFreeBytes``. The sheets
    /// of real workbooks are 5 to 50 times as large; deflate reaches 1032.
    public var expansionRatio: UInt64 = 250
    public var ratioFreeBytes: UInt64 = 16 << 20
    /// Bytes of text in one row, as in a line of a CSV file.
    public var rowBytes = 1 << 20
    /// Bytes of one name, value or text in the XML.
    public var tokenBytes = 1 << 20
    /// How deep elements may be nested.
    public var depth = 64
    /// Rows and columns that a sheet may have (Excel's own limits).
    public var rows = 1_048_576
    public var columns = 16_384
    /// Styles, number formats, sheets and relationships.
    public var entries = 100_000
    /// Different texts of a workbook.
    public var sharedStrings = 32 << 20

    public init() {}
}
