import Testing

@testable import Distributions

/// A made-up contact file in the form in which a program writes it, and how it is to be read.
struct ContactSample: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var map: [String: ContactField] = [:]
    var hasHeadings = true

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
    static let all = exports + outlook + plainLists + separators + withoutHeadings

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
            $0.warnings = [#"the column "氏名" may be First Name; it was taken in as embedded data"#]
        },
        ContactSample("a Chinese list", "姓名,电子邮件\n王芳,fang@mail.example\n") {
            $0.contacts = ["*|||fang@mail.example · 姓名=王芳"]
            $0.warnings = [#"the column "姓名" may be First Name; it was taken in as embedded data"#]
        },
        ContactSample("a whole name", "ID,Full Name,E-mail\n7,Ada Lovelace,ada@mail.example\n") {
            $0.contacts = ["7|||ada@mail.example · Full Name=Ada Lovelace"]
            $0.warnings = [#"the column "Full Name" may be First Name; it was taken in as embedded data"#]
        },
        ContactSample(
            "halves of a name under longer headings",
            "ID,E-mail,Preferred First Name,Student Last Name\n7,ada@mail.example,Ada,Lovelace\n"
        ) {
            $0.contacts = ["7|||ada@mail.example · Preferred First Name=Ada · Student Last Name=Lovelace"]
            $0.warnings = [
                #"the column "Preferred First Name" may be First Name; it was taken in as embedded data"#,
                #"the column "Student Last Name" may be Last Name; it was taken in as embedded data"#,
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
                #"the column "Kontakt" holds e-mail addresses and was taken for Email"#,
                "1 contact(s) have no e-mail address",
            ]
        },
        ContactSample(
            "a column with one cell that is no address", "Kontakt,Plan\nada@mail.example,gold\nby phone,silver\n"
        ) {
            $0.refusal =
                "no column is known to hold contact IDs or e-mail addresses; the headings are \"Kontakt\", \"Plan\""
        },
        ContactSample("two address columns", "Privat,Büro\nada@mail.example,a.l@firm.example\n") {
            $0.refusal = #"the columns "Privat", "Büro" can all be Email, and only one is"#
        },
        ContactSample("two address columns beside IDs", "ID,Privat,Büro\n7,ada@mail.example,a.l@firm.example\n") {
            $0.contacts = ["7 · Privat=ada@mail.example · Büro=a.l@firm.example"]
            $0.warnings = [
                #"the column "Privat" may be Email; it was taken in as embedded data"#,
                #"the column "Büro" may be Email; it was taken in as embedded data"#,
                "1 contact(s) have no e-mail address",
            ]
        },
        ContactSample("somebody else's address", "ID,Manager,Plan\n7,boss@firm.example,gold\n") {
            $0.contacts = ["7 · Manager=boss@firm.example · Plan=gold"]
            $0.warnings = [
                #"the column "Manager" may be Email; it was taken in as embedded data"#,
                "1 contact(s) have no e-mail address",
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
            $0.warnings = [#"the column "Wer" holds e-mail addresses and was taken for Email"#]
        },
        ContactSample("Excel's line", "sep=;\r\nid;email\r\n7;ada@mail.example\r\n") {
            $0.contacts = ["7|||ada@mail.example"]
        },
    ]

    static let withoutHeadings: [ContactSample] = [
        ContactSample("no headings", "1,ada@mail.example,Ada\n2,zoe@mail.example,Zoë\n") {
            $0.refusal =
                "the first line has the e-mail address ada@mail.example, so it is a contact and not the line of headings"
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
            $0.warnings = [#"the column "Column 2" holds e-mail addresses and was taken for Email"#]
        },
        ContactSample("no such column", "1,ada@mail.example\n") {
            $0.hasHeadings = false
            $0.map = ["3": .email]
            $0.refusal = #"there is no column "Column 3"; the headings are "Column 1", "Column 2""#
        },
    ]
}
