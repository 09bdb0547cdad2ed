import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactListTests {
    let directory = TemporaryDirectory()

    func contacts(_ text: String, map: [String: ContactField] = [:]) throws -> ([Contact], ContactReport) {
        let file = ContactFile(try directory.write(text, to: "people.csv"), map: map)
        var reader = try file.reader()
        var intake = ContactIntake()
        var contacts: [Contact] = []
        while var entry = try reader.next() {
            try intake.take(&entry.contact, line: entry.line, from: file)
            contacts.append(entry.contact)
        }
        return (contacts, intake.report)
    }

    @Test(
        "usual headings are recognised",
        arguments: [
            // A Qualtrics contact export, its spelling in older ones, Marketo, Mailchimp, HubSpot, plain ones.
            ("Contact ID,First Name,Last Name,Email,External Data Reference,Language,Plan", "ID,F,L,M,X,EN,gold"),
            ("RecipientID,FirstName,LastName,Email,ExternalDataReference,Language,Plan", "ID,F,L,M,X,EN,gold"),
            ("Plan,Id,First Name,Last Name,Email Address,external_id,lang", "gold,ID,F,L,M,X,EN"),
            ("Email Address,First Name,Last Name,LANGUAGE,ExtRef,EUID,Plan", "M,F,L,EN,X,ID,gold"),
            ("Record ID,First Name,Last Name,Email,Preferred language,External Reference,Plan", "ID,F,L,M,EN,X,gold"),
            ("contact-id,given_name,SURNAME,e-mail,externalDataReference, Language ,Plan", "ID,F,L,M,X,EN,gold"),
        ])
    func headings(headings: String, row: String) throws {
        let (contacts, _) = try contacts(headings + "\n" + row)
        #expect(
            try contacts == [
                Contact(
                    id: ContactID("ID"), firstName: "F", lastName: "L", email: "M", externalDataReference: "X",
                    language: "EN",
                    embeddedData: ["gold"])
            ])
    }

    @Test("the best of several ID headings is taken, the others are embedded data")
    func strongestHeading() throws {
        let columns = try ContactColumns(headings: ["LEID", "EUID", "Email", "Name"], file: "x")
        #expect(columns.fields == [.contactID: 1, .email: 2])
        #expect(columns.embeddedNames == ["LEID", "Name"])
    }

    @Test("a mapped heading wins over a usual one")
    func mapping() throws {
        let columns = try ContactColumns(
            headings: ["ID", "Work Email", "Email"], map: ["work email": .email], file: "x")
        #expect(columns.fields == [.contactID: 0, .email: 1])
        #expect(columns.embeddedNames == ["Email"])
    }

    @Test("links, statuses and their times of a spreadsheet of links are not taken in")
    func ownSpreadsheet() throws {
        let (contacts, _) = try contacts(
            "Contact ID,Email,Status,Link,Link Expiration,Plan\n1,a@x.example,Email Not Sent,https://l/L,2027,gold\n")
        #expect(try contacts == [Contact(id: ContactID("1"), email: "a@x.example", embeddedData: ["gold"])])
    }

    @Test(
        "headings that can't be used are refused",
        arguments: [
            (["Email", "Plan", "email "], [:], HeadingError.duplicate(heading: "email", columns: [1, 3])),
            (["Name", "Plan"], [:], .noContactIDAndNoEmail(headings: ["Name", "Plan"])),
            (
                ["First Name", "Email", "FirstName"], [:],
                .ambiguous(field: .firstName, headings: ["First Name", "FirstName"])
            ),
            (["Email"], ["Mail": ContactField.email], .unknownMapping(heading: "Mail", headings: ["Email"])),
            (["A", "B"], ["A": .email, "B": .email], .ambiguous(field: .email, headings: ["A", "B"])),
        ])
    func refusedHeadings(headings: [String], map: [String: ContactField], fault: HeadingError) {
        #expect(throws: DistributionsError.headings(file: "x", fault: fault)) {
            try ContactColumns(headings: headings, map: map, file: "x")
        }
    }

    @Test(
        "contacts that can't be used are refused by line",
        arguments: [
            ("id,email\n1,a\n2,b\n\n1,c\n", 5, ContactError.duplicateID(id: "1", firstLine: 2)),
            ("id\n\(String(repeating: "é", count: 33))\n", 2, .id(.tooLong(byteCount: 66))),
            ("id\n\"a\u{7}b\"\n", 2, .id(.controlCharacter(byteOffset: 1))),
            ("email,plan\na@x.example,p\n,q\n", 3, .neitherIDNorEmail),
            ("email,\na@x.example,\nb@x.example,text\n", 3, .textInUnnamedColumn(column: 2)),
        ])
    func refusedContacts(text: String, line: Int, fault: ContactError) {
        let error = #expect(throws: DistributionsError.self) { try contacts(text) }
        #expect(error == .contact(file: directory.path("people.csv"), line: line, fault: fault))
    }

    @Test("a ragged row is refused by the line it begins in and its columns")
    func raggedRow() {
        let error = #expect(throws: DistributionsError.self) {
            try contacts("id,email\n1,a\n\"2\nb\",c,d\n")
        }
        #expect(
            error
                == .table(file: directory.path("people.csv"), line: 3, fault: .ragged(found: 3, expected: 2)))
    }

    @Test("missing IDs are made, distinct, short and safe in a URL and a spreadsheet")
    func madeIDs() throws {
        let text = "email\n" + String(repeating: "same@x.example\n", count: 2000)
        let (contacts, report) = try contacts(text)
        #expect(Set(contacts.map(\.id)).count == 2000)
        #expect(report.idsMade == 2000)
        #expect(report.duplicateEmails == 1999)
        for contact in contacts {
            #expect(contact[.contactID].utf8.count == 12)
            #expect(contact[.contactID].wholeMatch(of: /[b-df-hj-km-np-tv-z][b-df-hj-km-np-tv-z2-9]{11}/) != nil)
        }
    }

    @Test("e-mail addresses as IDs, blank rows and shared addresses are reported")
    func report() throws {
        let (contacts, report) = try contacts(
            "id,email\n1,a@x.example\n,,\n".replacing(",,", with: ",") + "b@x.example,A@X.EXAMPLE\n")
        #expect(contacts.count == 2)
        #expect(report.emailsAsIDs == 1)
        #expect(report.firstEmailAsID == 4)
        #expect(report.duplicateEmails == 1)
    }

    @Test("IDs are different when their bytes are")
    func canonicallyEqualIDs() throws {
        let (contacts, _) = try contacts("id\n\u{E9}\ne\u{301}\n")
        #expect(contacts.count == 2)
    }
}
