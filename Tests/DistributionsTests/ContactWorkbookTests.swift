#if Spreadsheets
    import Cryptography
    import Foundation
    import LinkToken
    import TestSupport
    import Testing
    import Workbooks

    @testable import Distributions

    /// Contacts and responses in Excel workbooks.
    @Suite struct ContactWorkbookTests {
        let setting = try! TestWorkspace()

        func write(_ rows: [[String]], to name: String) throws -> String {
            let workbook = try WorkbookWriter(sheet: "People", scratchDirectory: setting.directory.root)
            for row in rows { try workbook.append(row) }
            try workbook.finish()
            var bytes: [UInt8] = []
            while let next = try workbook.nextBytes() { bytes += next }
            return try setting.directory.write(bytes, to: name)
        }

        @Test func `a workbook is read as the CSV file with the same cells, by whatever name`() throws {
            let rows = [
                ["Contact ID", "Vorname", "Nachname", "E-Mail-Adresse", "PLZ", "Note"],
                ["007", "Zoë", "Müller; Söhne", "zoe@x.example", "01067", "line\nbreak"],
                [],
                ["8", "花子", "", "hanako@x.example"],
            ]
            var file = ContactFile(try write(rows, to: "people"))
            var reader = try file.reader()
            var contacts: [Contact] = []
            var lines: [Int] = []
            while let entry = try reader.next() {
                contacts.append(entry.contact)
                lines.append(entry.line)
            }
            #expect(lines == [2, 4])
            #expect(
                try contacts == [
                    Contact(
                        id: ContactID("007"), firstName: "Zoë", lastName: "Müller; Söhne", email: "zoe@x.example",
                        embeddedData: ["01067", "line\nbreak"]),
                    Contact(
                        id: ContactID("8"), firstName: "花子", email: "hanako@x.example", embeddedData: ["", ""]),
                ])
            file.sheet = "people"
            #expect(try file.reader().path == file.path)
            file.sheet = "Other"
            #expect(
                throws: DistributionsError.workbook(file: file.path, fault: .noSheet("Other", sheets: ["People"]))
            ) { try file.reader() }
            file.path = try setting.directory.write("Email\na@x.example\n", to: "text.csv")
            #expect(throws: DistributionsError.notWorkbook(file: file.path)) { try file.reader() }
        }

        @Test func `text beyond the last heading is refused with its row`() throws {
            let path = try write([["Email", "Plan"], ["a@x.example", "gold", "", "more"]], to: "wide.xlsx")
            #expect(
                throws: DistributionsError.table(file: path, line: 2, fault: .ragged(found: 4, expected: 2))
            ) {
                var reader = try ContactFile(path).reader()
                while try reader.next() != nil {}
            }
        }

        @Test func `the responses that Microsoft Forms exports are joined as they come`() async throws {
            let distribution = try await setting.distributions.generate(
                setting.request(setting.people(3)), key: setting.key, at: setting.now
            ).distribution
            let sessions = try SessionKeyring(current: SecretBytes(randomCount: 32))
            let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: 2))
            let session = try sessions.issue(SessionReceipt(nonce: nonce, startedAt: setting.now, epoch: .initial))
            let path = try write(
                [
                    ["ID", "Start time", "Completion time", "Email", "Name", "Session", "Q1", "Comment"],
                    ["1", "11/24/26 9:15:01", "11/24/26 9:16:11", "anonymous", "", session, "9"],
                    ["2", "11/24/26 9:17:01", "11/24/26 9:18:11", "anonymous", "", "", "3", "=1+1"],
                ], to: "forms.xlsx")
            let report = try setting.distributions.joinResults(
                ResultsJoin(responses: path, by: .session, output: setting.directory.path("joined.csv")),
                of: [distribution], keys: [], sessions: sessions, at: setting.now)
            #expect(report.counts == [.contact(.matched): 1, .none(.nothingThere): 1])
            let rows = try setting.rows("joined.csv")
            #expect(rows.map { $0["Contact ID"] } == ["c2", ""] && rows[1]["Comment"] == "'=1+1")
        }
    }
#endif
