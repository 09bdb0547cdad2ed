import Foundation
import TestSupport
import Testing

@Suite struct SpreadsheetTargetTests {
    @Test func `every table is written as Excel opens it where the comma is the decimal separator`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email,Größe\n1,a@example.com,\"1,5\"\n", to: "p.csv")
        try place.write("Your ID,Answer\n1,\"2,5\"\n", to: "r.csv")
        let excel = ["--for", "excel", "--locale", "de-DE"]
        let generated = try await place.generate("p.csv", more: excel)
        #expect(generated.status == 0, "\(generated)")
        #expect(
            generated.errors.contains("Cells are separated by semicolons, as Excel expects where the locale is de-DE."))
        try await place.succeed("contacts", "import", "p.csv", "--name", "P")
        for command in [
            ["contacts", "export", "P", "--out", "list.csv"], ["download", "NPS", "--out", "again.csv"],
            ["results", "join", "r.csv", "--by", "contact", "--column", "Your ID", "--out", "joined.csv"],
        ] {
            let outcome = try await place.run(command + excel)
            #expect(outcome.status == 0, "\(outcome)")
        }
        for (name, heading, row) in [
            ("links.csv", "Contact ID;First Name;", "1;;;a@example.com;"),
            ("again.csv", "Contact ID;First Name;", "1;;;"),
            ("list.csv", "Contact ID;", "1;"), ("joined.csv", "Your ID;Answer;Contact ID;", "1;2,5;1;"),
        ] {
            // Foundation would drop the byte order mark.
            let bytes = try #require(FileManager.default.contents(atPath: place.path(name)))
            #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]), "\(name)")
            let lines = String(decoding: bytes.dropFirst(3), as: UTF8.self).split(separator: "\r\n")
            #expect(lines.count == 2 && lines[0].hasPrefix(heading) && lines[0].contains(";Größe"), "\(name)")
            #expect(lines[1].hasPrefix(row) && lines[1].contains(";1,5"), "\(name): \(lines)")
        }
    }

    @Test func `whoever names a mail system is told what to paste where the link goes`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let generated = try await place.generate("p.csv", more: ["--for", "mailchimp"])
        #expect(generated.errors.contains("In Mailchimp, paste *|LINK|* where the link goes."), "\(generated)")
        let downloaded = try await place.json(
            "download", "NPS", "--for", "brevo", "--out", "again.csv", as: [String: JSONValue].self)
        #expect(downloaded["mergeField"]?.string == "{{ contact.LINK }}")
        let word = try await place.run("download", "NPS", "--for", "word", "--out", "-")
        #expect(word.errors.contains("In Word, insert the merge field «Link» where the link goes."), "\(word)")
        let unknown = try await place.run("download", "NPS", "--for", "pigeon", "--out", "-")
        #expect(unknown.status == 64 && unknown.errors.contains("marketing-cloud"), "\(unknown)")
    }

    @Test func `the expiration is printed as people read it, on the clock that they have`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let generated = try await place.generate(
            "p.csv",
            more: [
                "--expires", "2036-07-01T18:30:00Z", "--date-format", "%-d.%-m.%Y, %H:%M", "--time-zone",
                "Europe/Berlin",
            ])
        #expect(generated.status == 0, "\(generated)")
        let lines = try place.read("links.csv").split(separator: "\r\n")
        #expect(lines[0].hasSuffix(",Link Expiration,Link Expires"))
        #expect(lines[1].hasSuffix(",2036-07-01T18:30:00Z,\"1.7.2036, 20:30\""))
        let columns = try await place.succeed(
            "download", "NPS", "--columns", "Link Expires", "--date-format", "long", "--out", "-")
        #expect(columns == "Link Expires\r\n1 July 2036\r\n")
        for (options, reason) in [
            (["--time-zone", "UTC"], "--time-zone goes with --date-format"),
            (["--date-format", "%q"], "--date-format takes iso"),
            (["--date-format", "iso", "--columns", "Link"], "add it to --columns"),
        ] {
            let refused = try await place.run(["download", "NPS", "--out", "-"] + options)
            #expect(refused.status == 64 && refused.errors.contains(reason), "\(refused)")
        }
    }

    @Test func `what does not go together is refused, with the reason`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        let alone = try await place.generate("p.csv", more: ["--locale", "de"])
        #expect(alone.status == 64 && alone.errors.contains("--locale goes with --for excel"), "\(alone)")
        let format = try await place.generate("p.csv", more: ["--for", "excel", "--format", "jsonl"])
        #expect(
            format.status == 1 && format.errors.contains("--for excel is about CSV, and this is jsonl"), "\(format)")
        let locale = try await place.generate("p.csv", more: ["--for", "excel", "--locale", "Germany"])
        #expect(locale.status == 64, "\(locale)")
        #expect(try !place.files().contains("links.csv"))
    }
}
