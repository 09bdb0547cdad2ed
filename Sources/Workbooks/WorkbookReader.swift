#if Spreadsheets
    /// Reads the rows of one sheet of an Excel workbook (`.xlsx`, ECMA-376) one at a time, in bounded memory.
    ///
    /// ```swift
    /// var reader = try WorkbookReader("people.xlsx", scratchDirectory: "/var/lib/linkseal")
    /// while let row = try reader.next() { print(row.number, row.cells) }
    /// ```
    ///
    /// Cells come as they are displayed: numbers and dates in their formats, formulas as the values that were saved. Names of
    /// months and days are English, and dates in the format of the user's country come as 2026-11-30, since the file does not
    /// say which country that is. Numbers without a format come with all their digits.
    public struct WorkbookReader {
        /// The name of the sheet.
        public let sheet: String
        /// The names of all sheets, hidden ones included.
        public let sheets: [String]

        private let document: XMLPart
        private let parser: SheetParser
        private var taken = 0

        /// - Parameters:
        ///   - sheet: the sheet's name in any case; the first that is not hidden when nil.
        ///   - scratchDirectory: where the workbook's texts are kept meanwhile, in a file without a name.
        public init(
            _ path: String, sheet name: String? = nil, scratchDirectory: String,
            limits: WorkbookLimits = WorkbookLimits()
        ) throws(WorkbookError) {
            let archive = try Archive(path, limits: limits)
            let root =
                try Relationships(of: "", in: archive, limits: limits).ofType["officeDocument"] ?? "xl/workbook.xml"
            guard archive.has(root), !root.hasSuffix(".bin") else { throw .wrongKind(archive.kind) }
            let index = WorkbookIndex(limits: limits)
            try XMLPart.parse(archive.part(root), limits: limits, handler: index)
            let relationships = try Relationships(of: root, in: archive, limits: limits)
            sheets = index.sheets.map(\.name)
            let chosen: WorkbookIndex.Sheet?
            if let name {
                chosen =
                    index.sheets.first { $0.name == name }
                    ?? index.sheets.first { $0.name.lowercased() == name.lowercased() }
            } else {
                chosen = index.sheets.first { !$0.isHidden } ?? index.sheets.first
            }
            guard let chosen else {
                if let name { throw .noSheet(name, sheets: sheets) }
                throw .damaged(part: root, reason: "it has no sheet")
            }
            sheet = chosen.name
            guard let place = relationships.targets[chosen.relationship] else {
                throw .damaged(part: root, reason: "the sheet \"\(chosen.name)\" is missing")
            }
            let styles = Styles(limits: limits)
            if let part = relationships.ofType["styles"], archive.has(part) {
                try XMLPart.parse(archive.part(part), limits: limits, handler: styles)
            }
            var strings: SharedStrings?
            if let part = relationships.ofType["sharedStrings"], archive.has(part) {
                let all = try SharedStrings(in: scratchDirectory, limits: limits)
                try XMLPart.parse(archive.part(part), limits: limits, handler: all)
                try all.flush()
                strings = all
            }
            parser = SheetParser(
                strings: strings, formats: styles.formats, countsFrom1904: index.countsFrom1904, limits: limits)
            document = XMLPart(try archive.part(place), limits: limits, handler: parser)
        }

        /// The next row that has any text. Nil at the end.
        public mutating func next() throws(WorkbookError) -> WorkbookRow? {
            while taken == parser.rows.count {
                parser.rows.removeAll(keepingCapacity: true)
                taken = 0
                guard !document.isAtEnd else { return nil }
                try document.parsePiece()
            }
            defer { taken += 1 }
            return parser.rows[taken]
        }
    }
#endif
