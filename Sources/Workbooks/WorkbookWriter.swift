#if Spreadsheets
    import CXLSXWriter
    import Files
    import Glibc

    /// Writes a workbook of one sheet row by row, in memory that does not grow with the rows.
    ///
    /// Every cell is text, so that a spreadsheet program changes none of them and runs none as a formula. The first row is
    /// frozen, and its cells are bold.
    ///
    /// The workbook appears only in files without a name until its bytes are read: it may hold secrets, and the library that
    /// writes it knows nothing of permissions.
    public final class WorkbookWriter {
        /// Links that a sheet can have (Excel's limit). The rest is text that looks the same.
        public static let mostLinks = 65_530
        /// Characters of a cell, counted in UTF-16 (Excel's limit).
        public static let cellLimit = 32_767
        /// Rows of a sheet, headings included (Excel's limit).
        public static let rowLimit = 1_048_576

        private var workbook: UnsafeMutablePointer<lxw_workbook>?
        private let sheet: UnsafeMutablePointer<lxw_worksheet>
        private let bold: UnsafeMutablePointer<lxw_format>
        private let descriptor: CInt
        private var row: UInt32 = 0
        /// How many bytes were read.
        private var offset = off_t(0)

        /// - Parameter directory: where the files without a name are made.
        public init(sheet name: String, scratchDirectory directory: String) throws(WorkbookError) {
            let descriptor = openUnnamedFile(in: directory)
            guard descriptor >= 0 else { throw Self.failure("make a file in \(directory)") }
            self.descriptor = descriptor
            let place = strdup(directory)
            defer { free(place) }
            var options = lxw_workbook_options(constant_memory: 1, tmpdir: place, use_zip64: 1)
            guard let workbook = workbook_new_opt("/proc/self/fd/\(descriptor)", &options),
                let sheet = workbook_add_worksheet(workbook, Self.sheetName(name)),
                let bold = workbook_add_format(workbook)
            else {
                close(descriptor)
                throw Self.failure("make a workbook")
            }
            (self.workbook, self.sheet, self.bold) = (workbook, sheet, bold)
            format_set_bold(bold)
            worksheet_freeze_panes(sheet, 1, 0)
            // IDs and postcodes are text on purpose.
            worksheet_ignore_errors(sheet, UInt8(LXW_IGNORE_NUMBER_STORED_AS_TEXT.rawValue), "A1:XFD1048576")
        }

        deinit {
            if let workbook { lxw_workbook_free(workbook) }
            close(descriptor)
        }

        /// A name that Excel takes: at most 31 characters, without those that have a meaning in formulas.
        private static func sheetName(_ name: String) -> String {
            let text = String(name.map { "[]:*?/\\'".contains($0) ? "_" : $0 })
            var short = ""
            for character in text where short.utf16.count + character.utf16.count <= 31 { short.append(character) }
            return short.isEmpty ? "Sheet1" : short
        }

        /// How wide a column is, in characters.
        public func setWidth(_ characters: Double, ofColumn column: Int) {
            worksheet_set_column(sheet, UInt16(column), UInt16(column), characters, nil)
        }

        /// Appends a row.
        ///
        /// - Parameter link: the column that is a link, if any. Rows beyond ``mostLinks`` have text there.
        public func append(_ cells: [String], link: Int? = nil) throws(WorkbookError) {
            guard row < Self.rowLimit else { throw .tooLarge(part: "sheet", limit: "\(Self.rowLimit) rows") }
            for (column, cell) in cells.enumerated() where !cell.isEmpty {
                guard cell.utf16.count <= Self.cellLimit else {
                    throw .tooLarge(part: "a cell of row \(row + 1)", limit: "\(Self.cellLimit) characters")
                }
                let format = row == 0 ? bold : nil
                let isLink = column == link && row > 0 && row <= Self.mostLinks
                let text = Self.escaped(cell)
                let code =
                    isLink
                    ? worksheet_write_url_opt(sheet, row, UInt16(column), cell, nil, text, nil)
                    : worksheet_write_string(sheet, row, UInt16(column), text, format)
                guard code == LXW_NO_ERROR else {
                    throw .unreadable(reason: String(cString: lxw_strerror(code)))
                }
            }
            row += 1
        }

        /// Text that looks like the escape of a character, `_x0041_`, stays text (ECMA-376 part 1, 22.9.2.19). Links have
        /// such text by chance.
        private static func escaped(_ text: String) -> String {
            guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
            return text.replacing(/_(?=x[0-9A-Fa-f]{4}_)/, with: "_x005F_")
        }

        /// Completes the workbook, whose bytes can be read then.
        public func finish() throws(WorkbookError) {
            let code = workbook_close(workbook)
            workbook = nil
            guard code == LXW_NO_ERROR else { throw .unreadable(reason: String(cString: lxw_strerror(code))) }
        }

        /// The next bytes of the workbook. Nil at the end.
        public func nextBytes() throws(WorkbookError) -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 1 << 17)
            let count = pread(descriptor, &buffer, buffer.count, offset)
            guard count >= 0 else { throw Self.failure("read the workbook") }
            offset += off_t(count)
            return count == 0 ? nil : Array(buffer[..<count])
        }

        private static func failure(_ what: String) -> WorkbookError {
            .unreadable(reason: "can't \(what): \(systemErrorMessage(errno))")
        }
    }
#endif
