import Encoding

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
