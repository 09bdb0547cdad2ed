#if Spreadsheets
    import Foundation
    import TestSupport
    import Testing

    extension WorkbookReadingTests {
        @Test func `numbers and dates are displayed as LibreOffice displays them`() async throws {
            let filter = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,true,false,false,-1"
            try await ChildProcess.output(
                of: "soffice",
                [
                    "-env:UserInstallation=file://\(directory.path("profile"))", "--headless",
                    "--convert-to", filter, "--outdir", directory.root, directory.path("formats.xlsx"),
                ])
            let expected = try String(contentsOfFile: directory.path("formats-Sheet.csv"), encoding: .utf8)
                .split(separator: "\n").dropLast().map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
            let rows = try rows("formats.xlsx")
            try #require(expected.count == rows.count - 1)
            for (row, line) in zip(rows, expected) {
                let cells = line.map {
                    $0.hasPrefix("\"") ? String($0.dropFirst().dropLast()).replacing("\"\"", with: "\"") : String($0)
                }
                #expect(row.cells == Array(cells.prefix(row.cells.count)), "row \(row.number)")
            }
            #expect(rows.last!.cells == ["TRUE", "FALSE", "text", "", "\r", "A"])
        }
    }
#endif
