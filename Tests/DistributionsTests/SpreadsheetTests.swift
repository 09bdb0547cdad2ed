import Consumption
import Foundation
import LinkToken
import TestSupport
import Testing

@testable import Distributions

/// Names that a spreadsheet may get wrong: scripts from right to left, combining marks, no letters at all.
let namesInTenScripts = [
    "Zoë Müller-Łukasiewicz", "Дмитрий Ёлкин", "Ελένη Παπαδοπούλου", "محمد بن سلمان", "יוסף כהן", "山田太郎", "김철수",
    "अनुष्का शर्मा", "สมชาย ใจดี", "თამარ ბერიძე", "Անահիտ", "தமிழ்ச்செல்வி", "O'Brien 😀", "e\u{301}\u{323}",
]

/// Texts that a spreadsheet might run.
let formulas = [
    "=1+1", "@SUM(A1:A2)", "\t=1+1", "\r=1+1", "\n=1+1", "'=1+1", "''+A1", "+A1", "-2+3+cmd|' /C calc'!A0", "+1+1",
    "=HYPERLINK(\"https://evil.example\",\"x\")", "=cmd|' /C calc'!A0", "＝1+1", "＋A1", "－A1", "＠SUM(A1)", " =1+1",
    "-", "+e5", "x;=1+2", "x; \"=1+2\"", ";@x", "-3;=A1",
]

/// Numbers, which a spreadsheet reads as such.
let signedNumbers = ["-3", "+4.5", "-1,234.50", "-1\u{A0}234,5", "+1e5", "-1.5E-7", "-5 %", "-01/02/2026"]

/// Texts with a sign in front that no spreadsheet can run, and others that look like guarded ones.
let plainTexts = [
    "+49 30 1", "+1 (555) 010-0100", "+41 44 668 18 00", "'plain", "'-3", "''+1", "a;b", "-3;-4", "x = 1; y",
]

@Suite struct SpreadsheetTests {
    let directory = TemporaryDirectory()

    static let contacts = (namesInTenScripts + formulas + plainTexts).enumerated().map { index, text in
        Contact(
            id: try! ContactID("c\(index)"), firstName: text,
            lastName: "line\r\nbreak, \"quoted\"", email: "\(index)@x.example",
            embeddedData: [text, "01234"])
    }

    func spreadsheet(_ layout: SpreadsheetLayout = SpreadsheetLayout()) throws -> [UInt8] {
        var writer = SpreadsheetWriter(
            layout, try layout.columns(embeddedNames: ["Note", "Zip"], contactFields: []))
        var bytes = writer.header()
        for (index, contact) in Self.contacts.enumerated() {
            writer.write(
                MintedLink(
                    contact: contact, serial: Serial(rawValue: UInt32(index)), status: .emailNotSent,
                    expiry: UnixTime(rawValue: 1_800_000_000), use: nil,
                    link: "https://l.example/l/L\(contact[.contactID])?a=1&b=-2"))
        }
        bytes += writer.take()
        return bytes
    }

    func headings(_ layout: SpreadsheetLayout) throws -> [String] {
        var reader = try CSVReader(directory.write(spreadsheet(layout), to: "file.csv"))
        var row = CSVRow()
        _ = try reader.read(into: &row)
        return row.cells
    }

    @Test(
        "a guard is added wherever a formula could begin, and removing it gives the text back",
        arguments: formulas)
    func guarding(text: String) {
        let guarded = FormulaGuard.applied(to: text)
        #expect(guarded != text)
        for cell in guarded.split(separator: ";") where cell.unicodeScalars.first != "'" {
            #expect(!"=+@\t\r\n＝＋－＠".unicodeScalars.contains(cell.unicodeScalars.first!))
            #expect(cell.unicodeScalars.first != "-" || cell == "-3")
        }
        #expect(FormulaGuard.removed(from: guarded) == text)
    }

    @Test(
        "numbers, phone numbers, dates and names are written as they are",
        arguments: signedNumbers + plainTexts + namesInTenScripts)
    func plain(text: String) {
        #expect(FormulaGuard.applied(to: text) == text)
        #expect(FormulaGuard.removed(from: text) == text)
    }

    @Test("Python's csv module reads what is written", arguments: [SpreadsheetFormat.csv, .tsv])
    func python(format: SpreadsheetFormat) async throws {
        var layout = SpreadsheetLayout()
        layout.format = format
        layout.csv.byteOrderMark = true
        let path = try directory.write(spreadsheet(layout), to: "file.csv")
        let script = """
            import csv, json, sys
            with open(sys.argv[1], newline='', encoding='utf-8-sig') as file:
                print(json.dumps(list(csv.DictReader(file, delimiter=sys.argv[2], strict=True))))
            """
        let printed = try await ChildProcess.output(of: "python3", ["-c", script, path, format == .csv ? "," : "\t"])
        let rows = try JSONDecoder().decode([[String: String]].self, from: Data(printed.utf8))
        #expect(rows.count == Self.contacts.count)
        for (row, contact) in zip(rows, Self.contacts) {
            #expect(FormulaGuard.removed(from: row["First Name"]!) == contact.firstName)
            #expect(row["Last Name"] == contact.lastName)
            #expect(row["Link"] == "https://l.example/l/L\(contact[.contactID])?a=1&b=-2")
            #expect(FormulaGuard.removed(from: row["Note"]!) == contact.embeddedData[0])
        }
    }

    @Test("JSON lines hold the texts as they are")
    func jsonLines() throws {
        var layout = SpreadsheetLayout()
        layout.format = .jsonl
        let lines = try spreadsheet(layout).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == Self.contacts.count)
        for (line, contact) in zip(lines, Self.contacts) {
            let row = try JSONDecoder().decode([String: String].self, from: Data(line))
            #expect(row["First Name"].map { Array($0.utf8) } == Array(contact.firstName.utf8))
            #expect(row["Last Name"] == contact.lastName)
            #expect(row.count == 10)
        }
    }

    @Test("columns are chosen by heading, field or embedded data, in the order given")
    func chosenColumns() throws {
        var layout = SpreadsheetLayout()
        layout.columns = ["email", "LINK", "Note", "contactID"]
        layout.linkHeading = "SURVEY_URL"
        #expect(try headings(layout) == ["Email", "SURVEY_URL", "Note", "Contact ID"])
        layout.columns = ["Nothing"]
        #expect(throws: DistributionsError.self) { try headings(layout) }
    }

    @Test(
        "each mail merge gets the headings that it imports",
        arguments: [
            (
                MailMerge.mailchimp,
                ["Contact ID", "First Name", "Last Name", "Email Address", "External Data Reference"]
            ),
            (.marketo, ["Contact ID", "First Name", "Last Name", "Email Address", "External Data Reference"]),
            (.hubspot, ["Contact ID", "First Name", "Last Name", "Email", "External Data Reference"]),
            (.sendgrid, ["contact_id", "first_name", "last_name", "email", "external_id"]),
            (.word, ["Contact_ID", "First_Name", "Last_Name", "Email", "External_Data_Reference"]),
            (.brevo, ["CONTACT_ID", "FIRSTNAME", "LASTNAME", "EMAIL", "EXTERNAL_DATA_REFERENCE"]),
            (.mailjet, ["contact_id", "first_name", "last_name", "email", "external_data_reference"]),
            (.klaviyo, ["Contact ID", "First Name", "Last Name", "Email", "External Data Reference"]),
            (.yamm, ["Contact ID", "First Name", "Last Name", "Email Address", "External Data Reference"]),
            (.gmass, ["ContactID", "FirstName", "LastName", "EmailAddress", "ExternalDataReference"]),
        ])
    func mailMerges(mailMerge: MailMerge, expected: [String]) throws {
        var layout = SpreadsheetLayout()
        layout.mailMerge = mailMerge
        #expect(Array(try headings(layout).prefix(5)) == expected)
        #expect(try spreadsheet(layout).starts(with: [0xEF, 0xBB, 0xBF]) == (mailMerge == .word))
    }

    @Test("each mail merge says what stands in the mail where the link goes")
    func mergeFields() {
        let expected = [
            "mailchimp": "*|LINK|*", "brevo": "{{ contact.LINK }}", "mailjet": "{{data:link:\"\"}}",
            "sendgrid": "{{link}}", "hubspot": "{{ contact.link }}", "klaviyo": "{{ person|lookup:'Link' }}",
            "activecampaign": "%LINK%", "marketo": "{{lead.Link}}", "marketing-cloud": "%%Link%%", "word": "«Link»",
            "thunderbird": "{{Link}}", "yamm": "{{Link}}", "gmass": "{Link}",
        ]
        var layout = SpreadsheetLayout()
        #expect(layout.mergeField == nil)
        #expect(Set(MailMerge.all.map(\.id)) == Set(expected.keys) && MailMerge.all.count == expected.count)
        for tool in MailMerge.all {
            layout.mailMerge = tool
            #expect(layout.mergeField == expected[tool.id])
        }
        layout.mailMerge = .mailchimp
        layout.linkHeading = "Survey link 2026"
        #expect(layout.mergeField == "*|SURVEY_LIN|*")
        layout.columns = ["email"]
        #expect(layout.mergeField == nil)
    }

    @Test("an embedded-data field that is called as a column of linkseal's gets another heading")
    func clashingHeading() throws {
        let columns = try SpreadsheetLayout().columns(embeddedNames: ["Link", "Status", "link"], contactFields: [])
        #expect(columns.suffix(3).map(\.heading) == ["Link_2", "Status_2", "link_3"])
    }
}
