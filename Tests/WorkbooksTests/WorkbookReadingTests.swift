#if Spreadsheets
    import Foundation
    import TestSupport
    import Testing

    @testable import Workbooks

    /// Workbooks that openpyxl and `make_workbooks.py` write.
    @Suite struct WorkbookReadingTests {
        let directory = TemporaryDirectory()

        init() async throws {
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "make_workbooks.py").path
            try await ChildProcess.output(of: "/usr/bin/python3", [script, directory.root])
        }

        func rows(
            _ name: String, sheet: String? = nil, limits: WorkbookLimits = WorkbookLimits()
        ) throws -> [WorkbookRow] {
            var reader = try WorkbookReader(
                directory.path(name), sheet: sheet, scratchDirectory: directory.root, limits: limits)
            var rows: [WorkbookRow] = []
            while let row = try reader.next() { rows.append(row) }
            return rows
        }

        @Test func `cells come as they are displayed, with the numbers of their rows`() throws {
            let rows = try rows("people.xlsx")
            #expect(rows.map(\.number) == [1, 2, 4, 5])
            #expect(
                rows.map(\.cells) == [
                    ["Contact ID", "First Name", "Last Name", "E-Mail", "Since", "Share", "Postcode"],
                    ["4915123456789", "Zoë", "Müller; Söhne", "zoe@x.example", "30.11.2026", "12.5%", "01067"],
                    ["007", "花子", " 山田 ", "hanako@x.example", "2026-01-02 3:04:05", "1", "00099"],
                    ["101", "Line\nbreak", "\"Quoted\"", "q@x.example"],
                ])
        }

        @Test func `a sheet is the first that is not hidden, or the one that is named`() throws {
            #expect(try rows("people.xlsx", sheet: "second").map(\.cells) == [["Email"], ["only@x.example"]])
            #expect(try rows("people.xlsx", sheet: "Notes").map(\.cells) == [["nobody@x.example"]])
            #expect(throws: WorkbookError.noSheet("Third", sheets: ["Notes", "Teilnehmer", "Second"])) {
                try rows("people.xlsx", sheet: "Third")
            }
        }

        @Test func `prefixes, rich text, readings, formulas and cells without a place are understood`() throws {
            let rows = try rows("unusual.xlsx")
            #expect(rows.map(\.number) == [1, 5])
            #expect(rows[0].cells == ["Rich", " a "])
            #expect(rows[1].cells == ["", "東京", "", "formula", "#N/A", "TRUE"])
        }

        @Test(arguments: [
            ("entities.xlsx", "document type"), ("billion-laughs.xlsx", "document type"),
            ("external.xlsx", "document type"), ("nested.xlsx", "64 nested elements"),
            ("bomb.xlsx", "250 times its compressed size"),
            ("long-attribute.xlsx", "1048576 bytes in one name or text"),
            ("long-text.xlsx", "1048576 bytes"), ("column.xlsx", "16384 columns"), ("row.xlsx", "1048576 rows"),
            ("backwards.xlsx", "row 1 follows row 2"), ("string.xlsx", "refers to no text"),
            ("cut.xlsx", "no element found"), ("truncated.xlsx", "not an Excel workbook"),
            ("old.xls", "protected by a password"), ("text.xlsx", "not an Excel workbook"),
            ("other.ods", "OpenDocument"), ("other.xlsb", "binary"), ("archive.zip", "archive without a workbook"),
            ("missing.xlsx", "No such file"), ("", "can't be read"),
        ])
        func `what is no workbook, or was made to do harm, is refused in little memory`(name: String, reason: String)
            throws
        {
            #expect {
                try rows(name)
            } throws: { "\($0)".contains(reason) }
        }
    }
#endif
