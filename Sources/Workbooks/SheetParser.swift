#if Spreadsheets
    /// Turns the XML of a sheet into rows (ECMA-376 part 1, 18.3).
    final class SheetParser: XMLPartHandler {
        /// Rows that are complete and were not taken.
        var rows: [WorkbookRow] = []

        private let strings: SharedStrings?
        private let formats: [NumberFormat]
        private let countsFrom1904: Bool
        private let limits: WorkbookLimits

        private var row: WorkbookRow?
        private var rowNumber = 0
        private var column = -1
        private var kind = CellKind.number
        private var style = 0
        private var inline = CellText()
        private var value: [UInt8] = []
        private var isInValue = false
        private var isInSheetData = false

        private enum CellKind { case number, shared, inline, text, boolean }

        init(strings: SharedStrings?, formats: [NumberFormat], countsFrom1904: Bool, limits: WorkbookLimits) {
            self.strings = strings
            self.formats = formats
            self.countsFrom1904 = countsFrom1904
            self.limits = limits
        }

        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError) {
            switch name {
            case "sheetData": isInSheetData = true
            case "row" where isInSheetData: try beginRow(attributes)
            case "c" where row != nil: try beginCell(attributes)
            case "v": isInValue = true
            default: if kind == .inline { inline.start(name) }
            }
        }

        func end(_ name: XMLName) throws(WorkbookError) {
            switch name {
            case "v": isInValue = false
            case "c" where row != nil: try endCell()
            case "row": endRow()
            case "sheetData": isInSheetData = false
            default: if kind == .inline { inline.end(name) }
            }
        }

        func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(WorkbookError) {
            if isInValue {
                guard value.count + bytes.count <= limits.rowBytes else {
                    throw .tooLarge(part: "a cell", limit: "\(limits.rowBytes) bytes")
                }
                value.append(contentsOf: bytes)
            } else if kind == .inline {
                try inline.append(bytes, limit: limits.rowBytes)
            }
        }

        private func beginRow(_ attributes: XMLAttributes) throws(WorkbookError) {
            let number = attributes.number("r") ?? rowNumber + 1
            guard number > rowNumber else {
                throw .damaged(part: "sheet", reason: "row \(number) follows row \(rowNumber)")
            }
            guard number <= limits.rows else { throw .tooLarge(part: "sheet", limit: "\(limits.rows) rows") }
            rowNumber = number
            column = -1
            row = WorkbookRow(number: number)
        }

        private func endRow() {
            guard var row else { return }
            self.row = nil
            guard !row.bytes.isEmpty else { return }
            // Cells that were only formatted.
            while row.ends.count > 1, row.ends[row.ends.count - 2] == row.bytes.count { row.ends.removeLast() }
            rows.append(row)
        }

        private func beginCell(_ attributes: XMLAttributes) throws(WorkbookError) {
            let column =
                try attributes.bytes("r").map { (reference) throws(WorkbookError) in try self.column(of: reference) }
                ?? self.column + 1
            guard column > self.column else {
                throw .damaged(part: "sheet", reason: "the cells of row \(rowNumber) are not in order")
            }
            guard column < limits.columns else { throw .tooLarge(part: "sheet", limit: "\(limits.columns) columns") }
            self.column = column
            style = attributes.number("s") ?? 0
            value.removeAll(keepingCapacity: true)
            kind = kind(of: attributes)
            if kind == .inline { inline.begin() }
        }

        private func kind(of attributes: XMLAttributes) -> CellKind {
            guard let type = attributes.bytes("t").map({ XMLName($0) }) else { return .number }
            return switch type {
            case "s": .shared
            case "inlineStr": .inline
            case "str", "e", "d": .text
            case "b": .boolean
            default: .number
            }
        }

        /// The column of a reference like `AB12`, from 0.
        private func column(of reference: UnsafePointer<CChar>) throws(WorkbookError) -> Int {
            var column = 0
            var next = reference
            while case let letter = UInt8(bitPattern: next.pointee), (0x41...0x5A).contains(letter),
                column <= limits.columns
            {
                column = column * 26 + Int(letter) - 0x40
                next += 1
            }
            guard column > 0 else { throw .damaged(part: "sheet", reason: "a cell of row \(rowNumber) has no column") }
            return column - 1
        }

        private func endCell() throws(WorkbookError) {
            defer { kind = .number }
            guard row!.bytes.count + value.count <= limits.rowBytes else {
                throw .tooLarge(part: "row \(rowNumber)", limit: "\(limits.rowBytes) bytes")
            }
            while row!.ends.count < column { row!.ends.append(row!.bytes.count) }
            switch kind {
            case .shared:
                guard !value.isEmpty else { break }
                guard let strings, let number = Self.number(value) else {
                    throw .damaged(part: "sheet", reason: "a cell of row \(rowNumber) refers to no text")
                }
                try strings.append(number, to: &row!.bytes)
            case .inline: row!.bytes.append(contentsOf: inline.finished())
            case .text: row!.bytes.append(contentsOf: value)
            case .boolean:
                if !value.isEmpty { row!.bytes.append(contentsOf: value == [0x31] ? "TRUE".utf8 : "FALSE".utf8) }
            case .number: if !value.isEmpty { appendNumber() }
            }
            row!.ends.append(row!.bytes.count)
            guard row!.bytes.count <= limits.rowBytes else {
                throw .tooLarge(part: "row \(rowNumber)", limit: "\(limits.rowBytes) bytes")
            }
        }

        /// A number in at most nine digits, which there are texts.
        private static func number(_ digits: [UInt8]) -> Int? {
            guard digits.count < 10 else { return nil }
            var number = 0
            for digit in digits {
                guard (0x30...0x39).contains(digit) else { return nil }
                number = number * 10 + Int(digit - 0x30)
            }
            return number
        }

        private func appendNumber() {
            let format = formats.indices.contains(style) ? formats[style] : .general
            // Most numbers are whole and displayed as they are written.
            if format.isGeneral, value.count <= 15, value.allSatisfy({ (0x30...0x39).contains($0) }) {
                row!.bytes.append(contentsOf: value)
                return
            }
            let text = String(decoding: value, as: UTF8.self)
            guard let number = Double(text), number.isFinite else {
                row!.bytes.append(contentsOf: value)
                return
            }
            row!.bytes.append(contentsOf: format.text(of: number, countsFrom1904: countsFrom1904).utf8)
        }
    }
#endif
