import Encoding

extension ContactField {
    /// The headings that mean this field, the ones that say it best first: when a file has several of them, the first
    /// is taken and the others are embedded data.
    ///
    /// They are those of the exports of Qualtrics (`Contact ID`, `RecipientID`, `External Data Reference`), Marketo
    /// (`Email Address`, `Id`), Mailchimp (`EUID`, `LEID`), HubSpot (`Record ID - Contact`), Salesforce (`Id`), REDCap
    /// (`record_id`), Google Contacts (`E-mail 1 - Value`) and Outlook (`E-mail Address`, also in other languages), and
    /// those of plain lists in the languages of an edge's pages. Where people leave accents out, both spellings are here.
    var usualHeadings: [String] {
        switch self {
        case .contactID:
            [
                "contactid", "recipientid", "participantid", "respondentid", "personid", "customerid", "subscriberid",
                "leadid", "recordid", "recordidcontact", "euid", "leid", "id",
                "kontaktid", "teilnehmerid", "kundenid", "kundennummer", "kundennr", "mitgliedsnummer", "identifiant",
                "idcontact", "idparticipant", "idclient",
                "idcontacto", "idparticipante", "idcliente", "idcontatto", "idpartecipante", "idcontato",
                "contactpersoonid", "deelnemerid", "klantid", "idkontaktu", "iduczestnika", "idklienta", "kişiid",
                "katılımcıid", "müşteriid", "顧客id", "参加者id", "客户id", "联系人id", "客戶id", "聯絡人id", "معرفجهةالاتصال",
            ]
        case .firstName:
            [
                "firstname", "givenname", "forename", "fname", "recipientfirstname",
                "vorname", "prénom", "prenom", "nombredepila", "primeironome", "nomepróprio", "voornaam", "imię",
                "imie",
                "adı", "adi", "isim", "下の名前", "الاسمالأول", "الاسمالاول",
            ]
        case .lastName:
            [
                "lastname", "surname", "familyname", "lname", "recipientlastname",
                "nachname", "familienname", "nomdefamille", "apellidos", "apellido", "cognome", "sobrenome",
                "últimonome", "ultimonome", "apelido", "achternaam", "nazwisko", "soyadı", "soyadi", "soyad", "soyisim",
                "姓", "姓氏", "苗字", "اسمالعائلة", "الاسمالأخير", "الاسمالاخير", "фамилия",
            ]
        case .email:
            [
                "email", "emailaddress", "mail", "mailaddress", "primaryemail", "primaryemailaddress",
                "recipientemail", "email1value", "email1address",
                "emailadresse", "mailadresse", "courriel", "adressecourriel", "adresseemail", "adressemail",
                "adressedemessagerie", "adresseélectronique", "correoelectrónico", "correoelectronico", "correo",
                "direccióndecorreoelectrónico", "direccióndecorreo", "direcciondecorreo", "indirizzoemail",
                "indirizzomail", "postaelettronica", "indirizzopostaelettronica", "indirizzodipostaelettronica",
                "emailadres", "mailadres",
                "adresemail", "adrespocztyelektronicznej", "correioeletrônico", "correioeletrónico",
                "correioeletronico",
                "endereçodeemail", "enderecodeemail", "endereçodecorreioeletrónico", "eposta", "epostaadresi",
                "emailadresi", "メールアドレス", "eメールアドレス", "ｅメールアドレス", "電子メールアドレス", "メール", "eメール", "ｅメール",
                "電子メール", "电子邮件", "电子邮件地址", "电子邮箱", "邮箱地址", "邮箱", "電子郵件", "電子郵件地址", "電子信箱", "電郵地址",
                "電郵", "البريدالإلكتروني", "البريدالالكتروني", "عنوانالبريدالإلكتروني", "بريدإلكتروني",
                "электроннаяпочта", "адресэлектроннойпочты",
            ]
        case .externalDataReference:
            ["externaldatareference", "externaldataref", "externalreference", "externalref", "extref", "externalid"]
        case .language:
            [
                "language", "lang", "preferredlanguage", "languagecode", "contactlanguage", "userlanguage",
                "sprache", "langue", "idioma", "lingua", "língua", "taal", "język", "jezyk", "dil", "言語", "语言", "語言",
                "اللغة", "язык",
            ]
        }
    }

    /// Headings that mean this field only beside the other half of a name: `Nom` is a family name beside `Prénom`, and
    /// may be a whole name without it.
    var pairedHeadings: [(heading: String, beside: [String])] {
        switch self {
        case .firstName:
            [
                ("nombre", ["apellidos", "apellido"]),
                ("nome", ["sobrenome", "apelido", "cognome"]), ("ad", ["soyad", "soyadı", "soyadi"]),
                ("名", ["姓", "姓氏"]), ("名字", ["姓", "姓氏"]), ("имя", ["фамилия"]),
            ]
        case .lastName:
            [("nom", ["prénom", "prenom"]), ("name", ["vorname"]), ("naam", ["voornaam"])]
        default: []
        }
    }

    /// Headings without case, spaces and punctuation over what is usually a whole name.
    private static let wholeNames: Set<String> = [
        "name", "fullname", "contactname", "recipientname", "customername", "participantname", "membername",
        "vollständigername", "kontaktname", "nom", "nomcomplet", "nometprénom", "nomprénom", "prénomnom", "nombre",
        "nombrecompleto", "nombreyapellidos", "nome", "nomecompleto", "nomeecognome", "nomecognome", "naam",
        "volledigenaam", "imięinazwisko", "imieinazwisko", "adsoyad", "adısoyadı", "氏名", "名前", "お名前", "姓名", "名字",
        "الاسم", "الاسمالكامل", "имя", "фио",
    ]

    /// The half of a name, or a field for the whole one, that a heading with that key may be over.
    static func likelyName(key: String) -> (field: ContactField, isWhole: Bool)? {
        if wholeNames.contains(key) { return (.firstName, true) }
        func names(_ field: ContactField) -> Bool {
            // `Preferred first name`, `Vorname Empfänger`; short words would be found in too many others.
            field.usualHeadings.contains { $0.utf8.count > 5 && (key.hasPrefix($0) || key.hasSuffix($0)) }
        }
        // Exports write how a name is pronounced in columns of their own.
        guard !key.contains("phonetic"), !key.contains("yomi") else { return nil }
        if names(.firstName) { return (.firstName, false) }
        return names(.lastName) ? (.lastName, false) : nil
    }

    /// Whether a cell of a first line is a heading that means a field, or an address.
    static func isKnown(_ cell: String) -> Bool {
        let cell = FormulaGuard.removed(from: cell).trimmed
        return !cell.isEmpty && (ContactField(cell) != nil || EmailAddress.isUnmistakable(cell))
    }
}

/// How mail systems note in a column that a contact wants no mail.
enum OptOut {
    case flag
    /// When it was said; empty for others.
    case time
    /// One of several words.
    case status

    struct Column: Hashable {
        let column: Int
        let kind: OptOut
    }

    /// - Parameter key: a heading without case, spaces and punctuation.
    init?(key: String) {
        if Self.flags.contains(key) {
            self = .flag
        } else if Self.times.contains(key) {
            self = .time
        } else if Self.statuses.contains(key) {
            self = .status
        } else {
            return nil
        }
    }

    /// Whether a cell that isn't empty says so. Nil when it can't be told.
    func isTrue(_ cell: String) -> Bool? {
        let word = cell.trimmed.lowercased()
        switch self {
        case .time: return !word.isEmpty
        case .status: return Self.words.contains(word)
        case .flag:
            if word.isEmpty || Self.no.contains(word) { return false }
            if Self.yes.contains(word) || Self.words.contains(word) { return true }
            // Some systems write when it was said.
            return word.utf8.count { (0x30...0x39).contains($0) } >= 4 ? true : nil
        }
    }

    /// Headings of Qualtrics and Marketo (`Unsubscribed`), Salesforce (`HasOptedOutOfEmail`, `Email Opt Out`), HubSpot
    /// (`Unsubscribed from all email`), Dynamics (`Do not allow Bulk Emails`), and of plain lists.
    private static let flags: Set<String> = [
        "unsubscribed", "unsubscribe", "isunsubscribed", "emailunsubscribed", "unsubscribedfromemail",
        "unsubscribedfromemails", "unsubscribedfromallemail", "unsubscribedfromallemails", "unsub",
        "hsemailoptout", "optout", "optedout", "isoptedout", "hasoptedout", "hasoptedoutofemail", "optedoutofemail",
        "optoutofemail", "emailoptout", "emailoptedout", "emailoptouts", "donotemail", "donotcontact", "donotmail",
        "donotbulkemail", "donotallowemails", "donotallowbulkemails", "nomail", "nonewsletter",
        "abgemeldet", "abbestellt", "newsletterabgemeldet", "newsletterabbestellt", "vomnewsletterabgemeldet",
        "keinewerbung", "keineemails", "keineemail", "keinenewsletter", "werbewiderspruch", "widerspruch",
        "werbesperre",
        "blacklisted", "emailblacklisted", "blocklisted", "suppressed", "désabonné", "désinscrit", "desabonne",
        "dadodebaja",
        "disiscritto", "descadastrado", "afgemeld", "uitgeschreven", "wypisany", "abonelikiptal",
        "配信停止", "退订", "已退订", "退訂", "已退訂",
    ]

    /// Mailchimp's `UNSUB_TIME`, and similar ones.
    private static let times: Set<String> = [
        "unsubtime", "unsubscribetime", "unsubscribedat", "unsubscribedate", "unsubscribeddate", "dateunsubscribed",
        "abgemeldetam", "abmeldedatum", "optoutdate", "optouttime", "optedoutat",
    ]

    private static let statuses: Set<String> = [
        "status", "emailstatus", "subscriptionstatus", "subscriberstatus", "contactstatus", "emailmarketingstatus",
        "marketingstatus", "emailsubscriptionstatus", "emailpermissionstatus",
    ]

    private static let words: Set<String> = [
        "unsubscribed", "unsubscribe", "opted out", "opted-out", "opted_out", "optedout", "opt out", "opt-out",
        "opt_out", "optout", "do not contact", "do not email", "abgemeldet", "désabonné", "désinscrit", "dado de baja",
        "disiscritto", "descadastrado", "uitgeschreven", "afgemeld", "wypisany",
    ]

    /// Of databases, of spreadsheets in many languages, and a person's mark.
    private static let yes: Set<String> = [
        "true", "t", "yes", "y", "1", "1.0", "x", "on", "checked", "✓", "✔", "☑", "wahr", "ja", "j", "vrai", "oui", "o",
        "verdadero", "si", "sí", "s", "verdadeiro", "sim", "vero", "sì", "waar", "prawda", "tak", "doğru", "evet", "はい",
        "是", "true()", "نعم", "صحيح", "да", "истина",
    ]

    private static let no: Set<String> = [
        "false", "f", "no", "n", "0", "0.0", "off", "unchecked", "-", "☐", "null", "none", "never", "falsch", "nein",
        "faux", "non", "falso", "não", "nao", "onwaar", "nee", "fałsz", "nie", "yanlış", "hayır", "いいえ", "否", "لا",
        "خطأ", "нет", "ложь", "subscribed", "opted in", "opted-in", "optedin",
    ]
}
