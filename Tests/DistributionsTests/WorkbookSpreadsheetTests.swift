#if Spreadsheets
    import Foundation
    import LinkToken
    import TestSupport
    import Testing
    import Workbooks

    @testable import Distributions

    /// Links in an Excel workbook.
    @Suite struct WorkbookSpreadsheetTests {
        let setting = try! TestWorkspace()

        static let people = ##"""
            Contact ID,First Name,Last Name,Email,PLZ,Note
            007,Zoë,"Müller; Söhne",zoe@x.example,01067,=HYPERLINK("https://evil.example")
            4915123456789,花子,山田,hanako@x.example,99,-3
            3,Ñandú,المجموع,q@x.example,1E5,"two
            lines, ""quoted"" "
            4,Ελένη,Παπαδοπούλου,e@x.example,2026-11-30,+49 30 1
            5,Анна,Иванова,a@x.example,TRUE, x
            6,ธนา,ใจดี,t@x.example,1/2,@SUM(A1)
            7,अमित,शर्मा,h@x.example,0,_x0041_
            8,민준,김,k@x.example,-0,'quoted
            9,דוד,כהן,d@x.example,1.0,\##u{1F600}

            """##

        func generate(as format: SpreadsheetFormat, to name: String) async throws -> Distribution {
            let path = try setting.directory.write(Self.people, to: "people.csv")
            var request = try setting.request(.file(ContactFile(path)))
            request.output = setting.directory.path(name)
            request.spreadsheet.format = format
            return try await setting.distributions.generate(request, key: setting.key, at: setting.now).distribution
        }

        func workbook(_ name: String) throws -> [[String]] {
            var reader = try WorkbookReader(setting.directory.path(name), scratchDirectory: setting.directory.root)
            var rows: [[String]] = []
            while let row = try reader.next() { rows.append(row.cells) }
            return rows
        }

        @Test func `a workbook has the cells of the CSV file, in ten scripts, and nobody else can read it`()
            async throws
        {
            let distribution = try await generate(as: .xlsx, to: "links.xlsx")
            var layout = SpreadsheetLayout()
            layout.format = .jsonl
            _ = try await setting.distributions.download(
                distribution.id, spreadsheet: layout, key: setting.key, output: setting.directory.path("links.jsonl"),
                at: setting.now)
            let lines = try String(contentsOfFile: setting.directory.path("links.jsonl"), encoding: .utf8)
                .split(separator: "\n")
            let expected = try lines.map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) }
            let rows = try workbook("links.xlsx")
            #expect(rows.count == expected.count + 1)
            for (row, texts) in zip(rows.dropFirst(), expected) {
                for (heading, cell) in zip(rows[0], row) { #expect(cell == texts[heading], "\(heading)") }
            }
            let mode = try FileManager.default.attributesOfItem(atPath: setting.directory.path("links.xlsx"))
            #expect(mode[.posixPermissions] as? Int == 0o600)
            // Nothing lies beside the workspace's own files.
            #expect(try setting.files().allSatisfy { !$0.contains("tmp") })
        }

        @Test func `a workbook is named .xlsx, and nothing else is`() async throws {
            await #expect(
                throws: DistributionsError.output(
                    path: setting.directory.path("a.csv"), fault: .workbook(suffix: ".csv"))
            ) {
                try await generate(as: .xlsx, to: "a.csv")
            }
            await #expect(
                throws: DistributionsError.output(
                    path: setting.directory.path("a.xlsx"), fault: .otherFormat(suffix: ".xlsx"))
            ) { try await generate(as: .csv, to: "a.xlsx") }
            #expect(SpreadsheetFormat(fileName: "/a.b/links.XLSX") == .xlsx)
            #expect(SpreadsheetFormat(fileName: "links.tsv") == .tsv)
            #expect(SpreadsheetFormat(fileName: "links") == nil && SpreadsheetFormat(fileName: "-") == nil)
        }
    }
#endif
