import Distributions
import Foundation
import TestSupport
import Testing

@testable import AdminConsole

/// From a file as people have it to a list, without a manual.
@Suite struct UploadPageTests {
    static let german =
        "Kundennr;Vorname;Nachname;E-Mail;Ort\r\n7;Jürgen;Groß;juergen@x.example;Köln\r\n"
        + "8;Zoë;Müller;zoe@x.example;Düsseldorf\r\n"

    private static func isImportable(_ page: String) -> Bool {
        let button = page.firstMatch(of: /<button type="submit" id="import"[^>]*>/).map { String($0.0) } ?? ""
        return !button.isEmpty && !button.contains(" disabled")
    }

    /// The fields that a browser sends for the form of the page, without those of buttons.
    private static func form(_ page: String, _ changes: [String: String] = [:]) -> [(String, String)] {
        var fields: [(String, String)] = []
        for match in page.matches(of: /<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)<\/select>/) {
            let options = match.2.matches(of: /<option(?: value="([^"]*)")?([^>]*)>([^<]*)<\/option>/)
            let chosen = options.first { $0.2.contains("selected") } ?? options.first
            fields.append((String(match.1), chosen.map { String($0.1 ?? $0.3) } ?? ""))
        }
        for match in page.matches(of: /<input type="hidden" name="(heading-\d+|column-\d+)" value="([^"]*)">/) {
            fields.append((String(match.1), String(match.2)))
        }
        for match in page.matches(of: /<input type="(?:radio|checkbox)"[^>]*name="([^"]*)" value="([^"]*)" checked/) {
            fields.append((String(match.1), String(match.2)))
        }
        if let name = page.firstMatch(of: /<input id="name" name="name" value="([^"]*)"/) {
            fields.append(("name", String(name.1)))
        }
        return fields.filter { changes[$0.0] == nil } + changes.map { ($0.key, $0.value) }
    }

    private static func bytes(_ text: String, _ encoding: String.Encoding) throws -> [UInt8] {
        Array(try #require(text.data(using: encoding)))
    }

    @Test func `a file in Windows-1252 is shown at once, and imported when somebody said which line reads right`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let upload = try await browser.upload(try Self.bytes(Self.german, .windowsCP1252), named: "Kunden.csv")
            let page = try await browser.get(upload.location)
            #expect(page.status == 200)
            #expect(
                page.body.contains(
                    "The file isn&#39;t UTF-8, and doesn&#39;t say what it is. Choose the line that reads right."))
            #expect(page.body.contains("7;Jürgen;Groß;juergen@x.example;Köln"))
            #expect(page.body.contains("<td data-label=\"Vorname\">Zoë</td>"), "the rows are there")
            #expect(page.body.contains("Jürgen · Zoë"), "and the values of each column")
            #expect(!Self.isImportable(page.body) && !page.body.contains("--encoding") && !page.body.contains("--map"))
            // The button decides nothing.
            let forced = try await browser.post(upload.location, Self.form(page.body, ["action": "import"]))
            #expect(forced.status == 422 && forced.body.contains("Choose the line that reads right."))
            #expect(try console.workspace.contacts.lists().isEmpty)

            let settings = Self.form(page.body, ["encoding": "windows-1252", "column-0": "contactID"])
            let checked = try await browser.post(upload.location, settings + [("action", "check")])
            #expect(checked.status == 200 && Self.isImportable(checked.body))
            #expect(checked.body.contains("All 2 contacts can be imported."))
            #expect(checked.body.contains("value=\"windows-1252\" checked"), "another can still be chosen")
            let job = try await browser.post(
                upload.location, Self.form(checked.body, ["action": "import", "name": "Kunden"]))
            _ = try await browser.finish(job.location)
            let list = try console.workspace.contacts.list(named: "Kunden")
            #expect(try console.workspace.contacts.contact(called: "7", of: list).lastName == "Groß")
            #expect(list.embeddedNames == ["Ort"])
        }
    }

    @Test func `UTF-16 with tabs, as Excel saves Unicode text, needs nothing but a look`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let text = "\u{FEFF}" + Self.german.replacing(";", with: "\t")
            let upload = try await browser.upload(try Self.bytes(text, .utf16LittleEndian), named: "Kunden.txt")
            let page = try await browser.get(upload.location).body
            #expect(page.contains("The file says so itself.") && page.contains("Found in the file: tab"))
            #expect(Self.isImportable(page) && page.contains("Düsseldorf"))
            // Without the mark, UTF-16 has to be chosen.
            let bare = try await browser.upload(
                try Self.bytes(String(text.dropFirst()), .utf16LittleEndian), named: "bare.txt")
            let unread = try await browser.get(bare.location).body
            #expect(unread.contains("The file has zero bytes, as UTF-16 has."))
            let chosen = try await browser.post(
                bare.location, [("encoding", "utf-16le"), ("action", "check"), ("name", "Bare")])
            #expect(Self.isImportable(chosen.body), "\(chosen.body)")
        }
    }

    @Test func `a separator that was found wrongly is chosen, and the columns are found anew`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let upload = try await browser.upload("Name, E-Mail;Plan\nAda;gold\n", named: "odd.csv")
            let page = try await browser.get(upload.location).body
            let other = try await browser.post(
                upload.location, Self.form(page, ["separator": "tab", "action": "check"]))
            #expect(other.status == 422)
            #expect(other.body.contains("The file was read as a single column."))
            #expect(other.body.contains("<select id=\"separator\" name=\"separator\" aria-invalid=\"true\""))
            let text = try await browser.upload(
                "Mail;Plan\nada@x.example;gold\n", named: "semicolons.csv")
            let wrong = try await browser.post(
                text.location, [("separator", "comma"), ("action", "check"), ("name", "S")])
            #expect(!Self.isImportable(wrong.body))
            // The form has one column now. With the right separator its choices don't count for two.
            let right = try await browser.post(
                text.location, Self.form(wrong.body, ["separator": "semicolon", "action": "check"]))
            #expect(Self.isImportable(right.body) && right.body.contains("<td data-label=\"Plan\">gold</td>"))
        }
    }

    @Test func `a file without headings is taken as such, and its columns are mapped by number`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let upload = try await browser.upload("w1,a@x.example,gold\nw2,b@x.example,blue\n", named: "plain.csv")
            let page = try await browser.get(upload.location).body
            #expect(page.contains("<option value=\"contact\" selected>the first contact</option>"))
            #expect(page.contains("It has the e-mail address a@x.example.") && Self.isImportable(page))
            let wrong = try await browser.post(
                upload.location, Self.form(page, ["first-line": "headings", "action": "check"]))
            #expect(wrong.body.contains("so it is a contact.") && !Self.isImportable(wrong.body))
            let job = try await browser.post(
                upload.location, Self.form(page, ["column-0": "contactID", "action": "import"]))
            _ = try await browser.finish(job.location)
            let list = try console.workspace.contacts.list(named: "plain")
            #expect(list.contacts == 2 && list.embeddedNames == ["Column 3"])
        }
    }

    @Test func `what can't be mended on the page says what to do with the file, and nothing is lost from view`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            for (text, reason) in [
                ("Email\n", "There is no contact in it."), ("%PDF-1.7\nx", "this is a PDF document"),
                ("Email,Plan,Plan\na@x.example,1,2\n", "rename all but one in the file, and upload it again"),
            ] {
                let upload = try await browser.upload(text, named: "file.csv")
                let page = try await browser.get(upload.location).body
                #expect(page.lowercased().contains(reason.lowercased()), "\(reason)")
                #expect(!Self.isImportable(page))
                #expect(page.contains("How the file is read") == !text.hasPrefix("%PDF"), "\(reason)")
                #expect(try await browser.get("/contacts").body.contains("href=\"\(upload.location)\">file.csv</a>"))
                _ = try await browser.post(upload.location, [("action", "discard")])
                let gone = try await browser.get(upload.location)
                #expect(gone.status == 404 && gone.body.contains("upload it again"))
            }
        }
    }

    @Test func `contacts who have opted out can be left out`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let text = "Email,Unsubscribed\na@x.example,no\nb@x.example,yes\n"
            let upload = try await browser.upload(text, named: "news.csv")
            let page = try await browser.get(upload.location).body
            #expect(page.contains("Leave out contacts who have opted out, according to: Unsubscribed"))
            let job = try await browser.post(
                upload.location, Self.form(page, ["skip-opted-out": "yes", "action": "import"]))
            _ = try await browser.finish(job.location)
            #expect(try console.workspace.contacts.list(named: "news").contacts == 1)
            let all = try await browser.upload(text.replacing(",no", with: ",yes"), named: "none.csv")
            let none = try await browser.post(
                all.location, [("skip-opted-out", "yes"), ("action", "check"), ("name", "N")])
            #expect(none.body.contains("All 2 contacts have opted out, so nobody is left."))
            #expect(!Self.isImportable(none.body))
        }
    }

    @Test func `a name that is taken is told at its field, and what replacing changes before it is done`() async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let text = Array(
                "Contact ID,First Name,Last Name,Email,Plan\nc1,Ann,Ames,ann@x.example,blue\nc9,Di,D,d@x.example,\n"
                    .utf8)
            let taken = try await browser.upload(text, named: "People.csv")
            let page = try await browser.get(taken.location).body
            #expect(page.contains("There is a list &quot;People&quot; already; choose another name, or replace it."))
            #expect(page.contains("which has 3 contacts") && !Self.isImportable(page))
            let forced = try await browser.post(taken.location, Self.form(page, ["action": "import"]))
            #expect(forced.status == 422 && forced.body.contains("choose another name, or replace it."))

            let direct = try await browser.upload(text, named: "new.csv", replacing: "People")
            let replacing = try await browser.get(direct.location).body
            #expect(replacing.contains("name=\"replace\" value=\"yes\" checked") && Self.isImportable(replacing))
            #expect(replacing.contains("1 would be new, 1 would stay (1 of them changed), and 2 would be removed."))
            _ = try await browser.finish(
                try await browser.post(direct.location, Self.form(replacing, ["action": "import"])).location)
            #expect(try console.workspace.contacts.list(named: "People").contacts == 2)
        }
    }

    @Test func `an import that fails comes back to the page of its file, which says why`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let upload = try await browser.upload("Email\na@x.example\n", named: "late.csv")
            let page = try await browser.get(upload.location).body
            let path = console.workspace.dataDirectory + "/contacts"
            // Nobody can write a list there.
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            try Data().write(to: URL(filePath: path))
            let job = try await browser.post(upload.location, Self.form(page, ["action": "import"]))
            let over = try await browser.finish(job.location)
            #expect(over.location == upload.location)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let back = try await browser.get(upload.location).body
            #expect(back.contains("The import failed, and nothing was changed.") && Self.isImportable(back))
            let again = try await browser.post(upload.location, Self.form(back, ["action": "import"]))
            _ = try await browser.finish(again.location)
            #expect(try console.workspace.contacts.list(named: "late").contacts == 1)
        }
    }

    #if Spreadsheets
        @Test func `a workbook is read sheet by sheet`() async throws {
            try await ConsoleHarness.run { (console) in
                let browser = try await console.signIn()
                let path = console.directory.path("people.xlsx")
                let script = """
                    import sys
                    from openpyxl import Workbook
                    book = Workbook()
                    book.active.title = "Notes"
                    book.active.append(["Read me"])
                    book.active.append(["no people here"])
                    sheet = book.create_sheet("Kunden")
                    for row in [["Kundennr", "Vorname", "E-Mail"], ["007", "Zoë", "zoe@x.example"]]: sheet.append(row)
                    book.save(sys.argv[1])
                    """
                _ = try await ChildProcess.output(of: "/usr/bin/python3", ["-c", script, path])
                #expect(try await browser.get("/contacts").body.contains("accept=\".xlsx,"))
                let upload = try await browser.upload(
                    Array(try Data(contentsOf: URL(filePath: path))), named: "people.xlsx")
                let page = try await browser.get(upload.location).body
                #expect(page.contains("<option selected>Notes</option><option>Kunden</option>"))
                #expect(page.contains("Choose the column that holds the e-mail address") && !Self.isImportable(page))
                let chosen = try await browser.post(
                    upload.location, Self.form(page, ["sheet": "Kunden", "action": "check"]))
                #expect(chosen.body.contains("<td data-label=\"Kundennr\">007</td>") && Self.isImportable(chosen.body))
                let job = try await browser.post(
                    upload.location, Self.form(chosen.body, ["name": "Kunden", "action": "import"]))
                _ = try await browser.finish(job.location)
                #expect(try console.workspace.contacts.list(named: "Kunden").contacts == 1)
                let other = try await browser.upload(
                    Array(try Data(contentsOf: URL(filePath: path))), named: "people.xlsx")
                let none = try await browser.post(other.location, [("sheet", "Gone"), ("action", "check")])
                #expect(none.body.contains("There is no sheet &quot;Gone&quot;. Choose another."))
                #expect(none.body.contains("aria-invalid=\"true\" aria-describedby=\"sheet-problem\""))
            }
        }
    #endif
}
