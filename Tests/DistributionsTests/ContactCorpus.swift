import Foundation
import Testing

@testable import Distributions

/// A made-up contact file in the form in which a program writes it, and how it is to be read.
struct ContactSample: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var map: [String: ContactField] = [:]
    var hasHeadings = true
    var skipsOptedOut = false
    var encoding = TextEncoding.utf8

    /// Each contact as `ID|first name|last name|e-mail|reference|language`, without empty cells at the end, and then its
    /// embedded data that isn't empty, ` · Plan=gold`. An ID that linkseal makes is `*`.
    var contacts: [String] = []
    var warnings: [String] = []
    /// Lines that can't be taken in.
    var problems: [String] = []
    /// Why the file can't be read at all.
    var refusal: String?

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ change: (inout ContactSample) -> Void) {
        self.init(name, bytes: Array(text.utf8), change)
    }

    init(_ name: String, bytes: [UInt8], _ change: (inout ContactSample) -> Void) {
        self.name = name
        self.bytes = bytes
        change(&self)
    }
}

extension ContactSample {
    static let all =
        exports + outlook + plainLists + separators + withoutHeadings + raggedRows + addresses + numbers + optOuts
        + encodings
        + otherFormats

    /// Of programs with one language.
    static let exports: [ContactSample] = [
        ContactSample(
            "Google Contacts, 2024 and later",
            "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
                + "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,"
                + "Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\r\n"
                + "Ada,,Lovelace,,,,,,,,Engine Ltd,,,,,,* myContacts,* Work,ada@mail.example,,\r\n"
                + "Zoë,,Müller,,,,,,,,,,,,,,* myContacts,,zoe@mail.example,Mobile,+49 30 1234\r\n"
        ) {
            $0.contacts = [
                "*|Ada|Lovelace|ada@mail.example · Organization Name=Engine Ltd · Labels=* myContacts"
                    + " · E-mail 1 - Label=* Work",
                "*|Zoë|Müller|zoe@mail.example · Labels=* myContacts · Phone 1 - Label=Mobile"
                    + " · Phone 1 - Value=+49 30 1234",
            ]
        },
        ContactSample(
            "Google Contacts, before 2024",
            "Name,Given Name,Additional Name,Family Name,Yomi Name,Nickname,Group Membership,E-mail 1 - Type,"
                + "E-mail 1 - Value\nAda Lovelace,Ada,,Lovelace,,,* myContacts,* Work,ada@mail.example\n"
        ) {
            $0.contacts = [
                "*|Ada|Lovelace|ada@mail.example · Name=Ada Lovelace · Group Membership=* myContacts"
                    + " · E-mail 1 - Type=* Work"
            ]
        },
        ContactSample(
            "Salesforce Data Loader",
            """
            "ID","FIRSTNAME","LASTNAME","NAME","EMAIL","ACCOUNTID"
            "003000000000001AAA","Ada","Lovelace","Ada Lovelace","ada@mail.example","001000000000001AAA"

            """
        ) {
            $0.contacts = [
                "003000000000001AAA|Ada|Lovelace|ada@mail.example · NAME=Ada Lovelace · ACCOUNTID=001000000000001AAA"
            ]
        },
        ContactSample(
            "Salesforce report",
            """
            "Contact ID","First Name","Last Name","Account Name","Email"
            "003000000000001","Ada","Lovelace","Engine, Ltd","ada@mail.example"

            """
        ) { $0.contacts = ["003000000000001|Ada|Lovelace|ada@mail.example · Account Name=Engine, Ltd"] },
        ContactSample(
            "HubSpot",
            """
            "Record ID - Contact","First Name","Last Name","Email","Phone Number","Contact owner"
            "151","Ada","Lovelace","ada@mail.example","","owner@firm.example"

            """
        ) { $0.contacts = ["151|Ada|Lovelace|ada@mail.example · Contact owner=owner@firm.example"] },
        ContactSample(
            "REDCap, raw data",
            "record_id,redcap_event_name,first_name,last_name,email,plan\n1,baseline_arm_1,Ada,Lovelace,ada@mail.example,2\n"
        ) { $0.contacts = ["1|Ada|Lovelace|ada@mail.example · redcap_event_name=baseline_arm_1 · plan=2"] },
        ContactSample(
            "REDCap, labels",
            """
            "Record ID","Event Name","First name","Last name","E-mail address"
            "1","Baseline","Ada","Lovelace","ada@mail.example"

            """
        ) { $0.contacts = ["1|Ada|Lovelace|ada@mail.example · Event Name=Baseline"] },
        ContactSample(
            "REDCap, participant list",
            "email,email_occurrence,identifier,record,invitation_sent_status,response_status\nada@mail.example,1,,1,0,0\n"
        ) {
            $0.contacts = [
                "*|||ada@mail.example · email_occurrence=1 · record=1 · invitation_sent_status=0 · response_status=0"
            ]
        },
        ContactSample(
            "Mailchimp",
            #"""
            "Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,LEID,EUID,NOTES,TAGS
            ada@mail.example,Ada,Lovelace,2,"2026-10-11 09:55:14",90498395,810826c56e,,"""VIP"",""Blog"""

            """#
        ) {
            $0.contacts = [
                "810826c56e|Ada|Lovelace|ada@mail.example · MEMBER_RATING=2 · OPTIN_TIME=2026-10-11 09:55:14"
                    + " · LEID=90498395 · TAGS=\"VIP\",\"Blog\""
            ]
        },
        ContactSample(
            "Qualtrics",
            """
            \u{FEFF}"RecipientID","FirstName","LastName","Email","ExternalDataReference","Language","Plan"
            "CID_0aB1","Ada","Lovelace","ada@mail.example","X1","EN","gold"

            """
        ) { $0.contacts = ["CID_0aB1|Ada|Lovelace|ada@mail.example|X1|EN · Plan=gold"] },
        ContactSample("Marketo", "Id,Email Address,First Name,Last Name\n318581,ada@mail.example,Ada,Lovelace\n") {
            $0.contacts = ["318581|Ada|Lovelace|ada@mail.example"]
        },
    ]

    /// Of the desktop program, whose headings are in its user's language.
    static let outlook: [ContactSample] = [
        ("English", "First Name", "Last Name", "Company", "E-mail Address", "E-mail Type", ","),
        ("German", "Vorname", "Nachname", "Firma", "E-Mail-Adresse", "E-Mail-Typ", ";"),
        ("French", "Prénom", "Nom", "Société", "Adresse de messagerie", "Type de messagerie", ";"),
        ("Spanish", "Nombre", "Apellidos", "Organización", "Dirección de correo electrónico", "Tipo de correo", ";"),
        ("Italian", "Nome", "Cognome", "Società", "Indirizzo posta elettronica", "Tipo posta elettronica", ";"),
        ("Dutch", "Voornaam", "Achternaam", "Bedrijf", "E-mailadres", "Type e-mail", ";"),
        ("Polish", "Imię", "Nazwisko", "Firma", "Adres e-mail", "Typ adresu e-mail", ";"),
        ("Brazilian Portuguese", "Nome", "Sobrenome", "Empresa", "Endereço de Email", "Tipo de Email", ";"),
        ("European Portuguese", "Nome próprio", "Apelido", "Empresa", "Endereço de correio eletrónico", "Tipo", ";"),
        ("Turkish", "Adı", "Soyadı", "Şirket", "E-posta Adresi", "E-posta Türü", ";"),
        ("Japanese", "名", "姓", "会社名", "電子メール アドレス", "電子メールの種類", ","),
        ("Simplified Chinese", "名", "姓", "单位", "电子邮件地址", "电子邮件类型", ","),
        ("Traditional Chinese", "名字", "姓氏", "公司", "電子郵件地址", "電子郵件類型", ","),
        ("Arabic", "الاسم الأول", "اسم العائلة", "الشركة", "عنوان البريد الإلكتروني", "النوع", ","),
    ].map { (language, first, last, company, email, type, separator) in
        let rows = [[first, last, company, email, type], ["Zoë", "山田", "Engine", "zoe@mail.example", "SMTP"]]
        return ContactSample(
            "Outlook, \(language)",
            rows.map { (row) in row.map { "\"\($0)\"" }.joined(separator: separator) + "\r\n" }.joined()
        ) { $0.contacts = ["*|Zoë|山田|zoe@mail.example · \(company)=Engine · \(type)=SMTP"] }
    }

    static let plainLists: [ContactSample] = [
        ContactSample("a German list", "Kunden-ID;Vorname;Name;E-Mail;Sprache\n7;Jürgen;Groß;j.gross@mail.example;DE\n")
        {
            $0.contacts = ["7|Jürgen|Groß|j.gross@mail.example||DE"]
        },
        ContactSample("a French list", "Courriel;Prénom;Nom;Langue\nzoe@mail.example;Zoé;Lefèvre;FR\n") {
            $0.contacts = ["*|Zoé|Lefèvre|zoe@mail.example||FR"]
        },
        ContactSample("a Japanese list", "会員,氏名,メールアドレス\n7,山田 太郎,taro@mail.example\n") {
            $0.contacts = ["*|||taro@mail.example · 会員=7 · 氏名=山田 太郎"]
            $0.warnings = [#"the column "氏名" may be First Name; it was imported as embedded data"#]
        },
        ContactSample("a Chinese list", "姓名,电子邮件\n王芳,fang@mail.example\n") {
            $0.contacts = ["*|||fang@mail.example · 姓名=王芳"]
            $0.warnings = [#"the column "姓名" may be First Name; it was imported as embedded data"#]
        },
        ContactSample("a whole name", "ID,Full Name,E-mail\n7,Ada Lovelace,ada@mail.example\n") {
            $0.contacts = ["7|||ada@mail.example · Full Name=Ada Lovelace"]
            $0.warnings = [#"the column "Full Name" may be First Name; it was imported as embedded data"#]
        },
        ContactSample(
            "halves of a name under longer headings",
            "ID,E-mail,Preferred First Name,Student Last Name\n7,ada@mail.example,Ada,Lovelace\n"
        ) {
            $0.contacts = ["7|||ada@mail.example · Preferred First Name=Ada · Student Last Name=Lovelace"]
            $0.warnings = [
                #"the column "Preferred First Name" may be First Name; it was imported as embedded data"#,
                #"the column "Student Last Name" may be Last Name; it was imported as embedded data"#,
            ]
        },
        ContactSample(
            "names of other things", "ID,E-mail,Username,Company Name,Event Name\n7,ada@mail.example,ada,E,F\n"
        ) {
            $0.contacts = ["7|||ada@mail.example · Username=ada · Company Name=E · Event Name=F"]
        },
        ContactSample("an address column known by its values", "ID,Kontakt,Plan\n7,ada@mail.example,gold\n8,,silver\n")
        {
            $0.contacts = ["7|||ada@mail.example · Plan=gold", "8 · Plan=silver"]
            $0.warnings = [
                #"the column "Kontakt" holds e-mail addresses and was imported as Email"#,
                "1 contact has no e-mail address",
            ]
        },
        ContactSample(
            "a column with one cell that is no address", "Kontakt,Plan\nada@mail.example,gold\nby phone,silver\n"
        ) {
            $0.refusal =
                "no column is recognised as contact ID or e-mail address; the headings are \"Kontakt\", \"Plan\""
        },
        ContactSample(
            "a column beside IDs in which most cells are addresses", "ID,Kontakt\n7,ada@mail.example\n8,none\n"
        ) {
            $0.contacts = ["7 · Kontakt=ada@mail.example", "8 · Kontakt=none"]
            $0.warnings = [
                #"the column "Kontakt" may be Email; it was imported as embedded data"#,
                "2 contacts have no e-mail address",
            ]
        },
        ContactSample("two address columns", "Privat,Büro\nada@mail.example,a.l@firm.example\n") {
            $0.refusal = #"the columns "Privat", "Büro" could all be Email, but only one can be"#
        },
        ContactSample("two address columns beside IDs", "ID,Privat,Büro\n7,ada@mail.example,a.l@firm.example\n") {
            $0.contacts = ["7 · Privat=ada@mail.example · Büro=a.l@firm.example"]
            $0.warnings = [
                #"the column "Privat" may be Email; it was imported as embedded data"#,
                #"the column "Büro" may be Email; it was imported as embedded data"#,
                "1 contact has no e-mail address",
            ]
        },
        ContactSample("somebody else's address", "ID,Manager,Plan\n7,boss@firm.example,gold\n") {
            $0.contacts = ["7 · Manager=boss@firm.example · Plan=gold"]
            $0.warnings = [
                #"the column "Manager" may be Email; it was imported as embedded data"#,
                "1 contact has no e-mail address",
            ]
        },
    ]

    static let separators: [ContactSample] = [
        ContactSample(
            "commas in headings", "email;Name, first;Role, dept, team\nada@mail.example;Ada;Lead, Engine, 1\n"
        ) {
            $0.contacts = ["*|||ada@mail.example · Name, first=Ada · Role, dept, team=Lead, Engine, 1"]
        },
        ContactSample("semicolons in headings", "id,email,teams (a;b;c;d)\n7,ada@mail.example,a;b\n") {
            $0.contacts = ["7|||ada@mail.example · teams (a;b;c;d)=a;b"]
        },
        ContactSample("commas in cells", "id;email;address\n7;ada@mail.example;Main St, 1, London\n") {
            $0.contacts = ["7|||ada@mail.example · address=Main St, 1, London"]
        },
        ContactSample("tabs", "id\temail\tnote, or; remark\n7\tada@mail.example\ta, b; c\n") {
            $0.contacts = ["7|||ada@mail.example · note, or; remark=a, b; c"]
        },
        ContactSample("one column", "email\nada@mail.example\nzoe@mail.example\n") {
            $0.contacts = ["*|||ada@mail.example", "*|||zoe@mail.example"]
        },
        ContactSample("unknown headings, decimal commas", "Wer;Punkte;Quote\nada@mail.example;1,5;2,5\n") {
            $0.contacts = ["*|||ada@mail.example · Punkte=1,5 · Quote=2,5"]
            $0.warnings = [#"the column "Wer" holds e-mail addresses and was imported as Email"#]
        },
        ContactSample("Excel's line", "sep=;\r\nid;email\r\n7;ada@mail.example\r\n") {
            $0.contacts = ["7|||ada@mail.example"]
        },
    ]

    static let withoutHeadings: [ContactSample] = [
        ContactSample("no headings", "1,ada@mail.example,Ada\n2,zoe@mail.example,Zoë\n") {
            $0.refusal =
                "the first line has the e-mail address ada@mail.example, so it is a contact, not the heading line"
        },
        ContactSample("no headings, as is said", "1;ada@mail.example;gold\n2;zoe@mail.example;\n") {
            $0.hasHeadings = false
            $0.map = ["1": .contactID, "2": .email]
            $0.contacts = ["1|||ada@mail.example · Column 3=gold", "2|||zoe@mail.example"]
        },
        ContactSample("no headings, addresses known by their values", "Ada,ada@mail.example\nZoë,zoe@mail.example\n") {
            $0.hasHeadings = false
            $0.map = ["1": .firstName]
            $0.contacts = ["*|Ada||ada@mail.example", "*|Zoë||zoe@mail.example"]
            $0.warnings = [#"the column "Column 2" holds e-mail addresses and was imported as Email"#]
        },
        ContactSample("no such column", "1,ada@mail.example\n") {
            $0.hasHeadings = false
            $0.map = ["3": .email]
            $0.refusal = #"there is no column "Column 3"; the headings are "Column 1", "Column 2""#
        },
    ]

    static let raggedRows: [ContactSample] = [
        ContactSample(
            "Outlook's short rows",
            "First Name,Last Name,E-mail Address,Company,Notes\r\nAda,Lovelace,ada@mail.example,Engine\r\n"
                + "Zoë,Müller,zoe@mail.example\r\n"
        ) {
            $0.contacts = ["*|Ada|Lovelace|ada@mail.example · Company=Engine", "*|Zoë|Müller|zoe@mail.example"]
            $0.warnings = [
                "2 rows are shorter than the first line; their missing cells were taken as empty (lines 2 and 3)"
            ]
        },
        ContactSample(
            "old Excel's long rows", "id,email\n7,ada@mail.example,,\n8,zoe@mail.example\n9,kim@mail.example,\n"
        ) {
            $0.contacts = ["7|||ada@mail.example", "8|||zoe@mail.example", "9|||kim@mail.example"]
            $0.warnings = [
                "2 rows have empty cells after their last column, which were dropped (lines 2 and 4)"
            ]
        },
        ContactSample("text after the last column", "id,email\n7,ada@mail.example,gold\n8,zoe@mail.example\n") {
            $0.contacts = ["8|||zoe@mail.example"]
            $0.problems = ["line 2: the row that begins here has 3 columns where the first line has 2"]
        },
        ContactSample(
            "columns without headings that are empty", "id,email,,\n7,ada@mail.example,,\n8,zoe@mail.example\n"
        ) {
            $0.contacts = ["7|||ada@mail.example", "8|||zoe@mail.example"]
            $0.warnings = ["1 row is shorter than the first line; its missing cells were taken as empty (line 3)"]
        },
        ContactSample(
            "many short rows",
            "id,email,plan\n" + (1...30).map { "\($0),p\($0)@mail.example\n" }.joined()
        ) {
            $0.contacts = (1...30).map { "\($0)|||p\($0)@mail.example" }
            $0.warnings = [
                "30 rows are shorter than the first line; their missing cells were taken as empty (lines "
                    + (2...21).map { "\($0), " }.joined().dropLast(2) + " and 10 more)"
            ]
        },
        ContactSample(
            "a Salesforce report with its footer",
            """
            "Contact ID","First Name","Last Name","Email"
            "003000000000001","Ada","Lovelace","ada@mail.example"


            "Confidential Information - Do Not Distribute"

            """
        ) {
            $0.contacts = [
                "003000000000001|Ada|Lovelace|ada@mail.example", "Confidential Information - Do Not Distribute",
            ]
            $0.warnings = [
                "1 row is shorter than the first line; its missing cells were taken as empty (line 5)",
                "1 row looks like a total or a footer and was taken as a contact (line 5)",
                "1 contact has no e-mail address",
            ]
        },
    ]

    static let addresses: [ContactSample] = [
        ContactSample(
            "addresses with something around them",
            """
            id,email
            1,mailto:ada@mail.example
            2,Ada Lovelace <ada2@mail.example>
            3,\"\"\"Lovelace, Ada\"\" <ada3@mail.example>\"
            4, ada4@mail.example\u{20}
            5,ada5@mail.example\u{200B}
            6,\u{FEFF}ada6@mail.example;
            7,<mailto:ada7@mail.example?subject=Hi>
            8,'ada8@mail.example'
            9,ada9@mail.example\u{A0}
            10,ada10@mail.example

            """
        ) {
            $0.contacts =
                ["1|||ada@mail.example"] + (2...10).map { "\($0)|||ada\($0)@mail.example" }
            $0.warnings = [
                "9 e-mail addresses were repaired (lines 2, 3, 4, 5, 6, 7, 8, 9 and 10): \"mailto:\", brackets, spaces or"
                    + " invisible characters were removed"
            ]
        },
        ContactSample(
            "cells that are no address, or several",
            """
            id,email
            1,not-an-address
            2,ada@mail.example;a.l@firm.example
            3,ada@mail.example ::: a.l@firm.example
            4,Ada <ada@mail.example>; Zoë <zoe@mail.example>
            5,ada@
            6,ada@mail..example
            7,a da@mail.example
            8,zoë@müller.example
            ,Total: 3

            """
        ) {
            $0.contacts = [
                "1|||not-an-address", "2|||ada@mail.example;a.l@firm.example",
                "3|||ada@mail.example ::: a.l@firm.example", "4|||Ada <ada@mail.example>; Zoë <zoe@mail.example>",
                "5|||ada@", "6|||ada@mail..example", "7|||a da@mail.example", "8|||zoë@müller.example", "*|||Total: 3",
            ]
            $0.warnings = [
                "8 cells have something other than one e-mail address; mail to them won't arrive"
                    + " (lines 2, 3, 4, 5, 6, 7, 8 and 10)"
            ]
        },
        ContactSample(
            "a total below the list", "Customer ID,Email,Orders\nK7,ada@mail.example,3\nTotal: 3,,\nTotal,,3\n"
        ) {
            $0.contacts = ["K7|||ada@mail.example · Orders=3", "Total: 3", "Total · Orders=3"]
            $0.warnings = [
                "2 rows look like totals or footers and were taken as contacts (lines 3 and 4)",
                "2 contacts have no e-mail address",
            ]
        },
        ContactSample("people without an address", "Customer ID,Email\nK 7,ada@mail.example\nK8,\nLovelace,\n") {
            $0.contacts = ["K 7|||ada@mail.example", "K8", "Lovelace"]
            $0.warnings = ["2 contacts have no e-mail address"]
        },
    ]

    static let numbers: [ContactSample] = [
        ContactSample(
            "phone numbers that Excel rounded",
            "ID;Vorname;E-Mail\n4,91513E+11;Ada;ada@mail.example\n4,91513E+11;Zoë;zoe@mail.example\n"
        ) {
            $0.contacts = ["4,91513E+11|Ada||ada@mail.example", "4,91513E+11|Zoë||zoe@mail.example"]
            $0.problems = [
                "line 3: the contact ID \"4,91513E+11\" is in line 2 already; a spreadsheet rounded both, so that"
                    + " different IDs became the same: format the column as text before it is exported"
            ]
            $0.warnings = [
                "2 IDs were rounded by a spreadsheet (lines 2 and 3), as in 4.91513E+11, and their last digits are lost;"
                    + " format the column as text before it is exported"
            ]
        },
        ContactSample(
            "IDs that pandas wrote", "id,email,External ID\n101.0,ada@mail.example,7.0\n102,zoe@mail.example,8.5\n"
        ) {
            $0.contacts = ["101.0|||ada@mail.example|7.0", "102|||zoe@mail.example|8.5"]
            $0.warnings = [
                "1 ID has a decimal place (line 2), as in 101.0, which a spreadsheet may have added"
            ]
        },
        ContactSample(
            "IDs that only look like it", "id,email\n12E5,a@mail.example\nE+1,b@mail.example\n1.10,c@mail.example\n"
        ) {
            $0.contacts = ["12E5|||a@mail.example", "E+1|||b@mail.example", "1.10|||c@mail.example"]
        },
    ]

    private static let spellingsOfOptOuts: [(program: String, heading: String, yes: String, no: String)] = [
        ("Salesforce", "HasOptedOutOfEmail", "true", "false"), ("a Salesforce report", "Email Opt Out", "1", "0"),
        ("HubSpot", "Unsubscribed from all email", "Yes", "No"), ("Marketo", "Unsubscribed", "TRUE", "FALSE"),
        ("Mailchimp", "UNSUB_TIME", "2026-10-11 09:55:14", ""),
        ("a mail system", "Status", "Unsubscribed", "Subscribed"),
        ("a plain list", "opt-out", "x", ""), ("German Excel", "Abgemeldet", "WAHR", "FALSCH"),
        ("a date", "Unsubscribed", "11.10.2026", "-"),
    ]

    static let optOuts: [ContactSample] =
        spellingsOfOptOuts.map { (program, heading, yes, no) in
            ContactSample(
                "opt-outs of \(program)",
                "id,email,\(heading)\n1,ada@mail.example,\(yes)\n2,zoe@mail.example,\(no)\n"
            ) {
                $0.contacts = [
                    "1|||ada@mail.example · \(heading)=\(yes)",
                    "2|||zoe@mail.example" + (no.isEmpty ? "" : " · \(heading)=\(no)"),
                ]
                $0.warnings = ["1 contact has opted out and was imported (line 2)"]
            }
        } + [
            ContactSample(
                "opt-outs that are left out", "id,email,Opt Out\n1,ada@mail.example,yes\n2,zoe@mail.example,no\n"
            ) {
                $0.skipsOptedOut = true
                $0.contacts = ["2|||zoe@mail.example · Opt Out=no"]
                $0.warnings = ["1 contact has opted out and was left out (line 2)"]
            },
            ContactSample("an opt-out that says neither", "id,email,Opt Out\n1,ada@mail.example,ask me\n") {
                $0.skipsOptedOut = true
                $0.contacts = ["1|||ada@mail.example · Opt Out=ask me"]
                $0.warnings = [
                    "1 contact was imported although the opt-out column says neither yes nor no (line 2)"
                ]
            },
        ]

    static let encodings: [ContactSample] = [
        ContactSample("Excel in Berlin, as Windows-1252", encodedAs: .windows1252) { $0.encoding = .windows1252 },
        ContactSample("Excel on an old Mac", encodedAs: .macRoman) { $0.encoding = .macRoman },
        ContactSample("a database, as Latin-1", encodedAs: .latin1) { $0.encoding = .latin1 },
        ContactSample("Excel in Kyiv, as Windows-1251", encodedAs: .windows1251) { $0.encoding = .windows1251 },
        ContactSample("Excel in Osaka, as Shift-JIS", encodedAs: .shiftJIS) { $0.encoding = .shiftJIS },
        ContactSample("Excel in Shanghai, as GB18030", encodedAs: .gb18030) { $0.encoding = .gb18030 },
        ContactSample("Windows-1252 that is not said", encodedAs: .windows1252) {
            $0.refusal = #"line 2, column 4: not UTF-8; save the file as "CSV UTF-8" and try again"#
        },
        ContactSample("another encoding than is said", bytes: Array("id,email\n7,z".utf8) + [0x8F] + Array("@x\n".utf8))
        {
            $0.encoding = .windows1252
            $0.refusal = #"line 2, column 4: not Windows-1252; save the file as "CSV UTF-8" and try again"#
        },
        ContactSample("UTF-8 that is said to be Windows-1252", "id,email,who\n7,ada@mail.example,Zoë\n") {
            $0.encoding = .windows1252
            $0.contacts = ["7|||ada@mail.example · who=ZoÃ«"]
            $0.warnings = ["the file was read as Windows-1252, although it is also valid UTF-8"]
        },
        ContactSample("a byte order mark against what is said", "\u{FEFF}id,email,who\n7,ada@mail.example,Zoë\n") {
            $0.encoding = .windows1252
            $0.contacts = ["7|||ada@mail.example · who=Zoë"]
            $0.warnings = ["the file was read as UTF-8, according to its byte order mark, and not as Windows-1252"]
        },
        ContactSample(
            "Excel's Unicode text",
            bytes: [0xFF, 0xFE]
                + "id\temail\r\n7\tzoë@mail.example\r\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        ) { $0.contacts = ["7|||zoë@mail.example"] },
        ContactSample(
            "UTF-16 without a mark, as is said",
            bytes: "id\temail\n7\tzoë@mail.example\n".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        ) {
            $0.encoding = .utf16BigEndian
            $0.contacts = ["7|||zoë@mail.example"]
        },
    ]

    /// A list in that encoding, of names that its users have.
    private init(_ name: String, encodedAs encoding: TextEncoding, _ change: (inout ContactSample) -> Void) {
        let (text, contact): (String, String) =
            switch encoding {
            case .windows1251: ("id,email,who\n7,olena@mail.example,Олена Ї", "7|||olena@mail.example · who=Олена Ї")
            case .shiftJIS: ("id,email,名前\n7,taro@mail.example,山田太郎①", "7|||taro@mail.example · 名前=山田太郎①")
            case .gb18030: ("id,email,who\n7,fang@mail.example,王芳 €", "7|||fang@mail.example · who=王芳 €")
            default: ("Nr,E-Mail\n7,jö@mail.example\n8,müé@mail.example", "*|||jö@mail.example · Nr=7")
            }
        self.init(name, bytes: Self.bytes(of: text, in: encoding)) { (sample) in
            sample.contacts = [contact]
            if text.contains("müé") { sample.contacts.append("*|||müé@mail.example · Nr=8") }
            if encoding == .shiftJIS {
                sample.warnings = [#"the column "名前" may be First Name; it was imported as embedded data"#]
            }
            change(&sample)
        }
    }

    /// By other tables than those of the reader.
    static func bytes(of text: String, in encoding: TextEncoding) -> [UInt8] {
        let foundation: [TextEncoding: String.Encoding] = [
            .windows1252: .windowsCP1252, .windows1251: .windowsCP1251, .shiftJIS: .shiftJIS, .latin1: .isoLatin1,
        ]
        if let table = foundation[encoding] { return Array(text.data(using: table)!) }
        // Foundation has no GB18030 on Linux, and its Mac Roman is that of NeXTSTEP.
        let known: [Character: [UInt8]] =
            encoding == .macRoman
            ? ["ö": [0x9A], "ü": [0x9F], "ß": [0xA7], "é": [0x8E], "ñ": [0x96], "á": [0x87]]
            : [
                "王": [0xCD, 0xF5], "芳": [0xB7, 0xBC], "张": [0xD5, 0xC5], "伟": [0xCE, 0xB0], "李": [0xC0, 0xEE],
                "娜": [0xC4, 0xC8], "€": [0xA2, 0xE3],
            ]
        return text.flatMap { known[$0] ?? Array($0.utf8) }
    }

    static let otherFormats: [ContactSample] = [
        ContactSample("an Excel workbook", bytes: Array("PK\u{3}\u{4}\u{14}\u{0}xl/workbook.xml".utf8) + [0xFF, 0]) {
            $0.refusal =
                #"this is an Excel workbook; save it in Excel by File > Save As as "CSV UTF-8 (Comma delimited)""#
        },
        ContactSample(
            "a workbook of Excel 2003, or one with a password",
            bytes: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 504)
        ) {
            $0.refusal =
                #"this is an Excel workbook; save it in Excel by File > Save As as "CSV UTF-8 (Comma delimited)""#
        },
        ContactSample(
            "a LibreOffice spreadsheet",
            bytes: Array("PK\u{3}\u{4}mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK".utf8) + [0xFF, 0]
        ) {
            $0.refusal =
                #"this is an OpenDocument spreadsheet; save it in LibreOffice by File > Save As as "Text CSV" in UTF-8"#
        },
        ContactSample("a web page that is called a workbook", "<html><body><table><tr><td>id</td></tr></table>\n") {
            $0.refusal = #"this is HTML or XML; open it in a spreadsheet program and save it as "CSV UTF-8""#
        },
        ContactSample("an archive", bytes: Array("PK\u{3}\u{4}people.csv".utf8) + [0xFF, 0]) {
            $0.refusal = "this is a ZIP archive; unpack it first"
        },
        ContactSample("nothing", "") { $0.refusal = "line 1: the file is empty; expected a heading line" },
    ]
}
