import AdminConsole
import BundleFollowing
import Consumption
import Cryptography
import Distributions
import EdgeService
import Trust

/// An error of a library, and what a person at the command line can do about it. Libraries state facts and know no command
/// and no flag.
protocol AdvisableError: Error {
    /// Said after the error, with a semicolon. Nil where the error says all there is to say.
    var advice: String? { get }
}

/// An error in words, with advice where there is some.
func advised(_ error: any Error) -> String {
    let advice =
        if let source = error as? any ContactSourceError {
            source.remedy?.advice
        } else {
            (error as? any AdvisableError)?.advice
        }
    return advice.map { "\(error); \($0)" } ?? "\(error)"
}

extension CryptographyError: AdvisableError {
    var advice: String? {
        switch self {
        case .passphraseRequired: "give its passphrase with --passphrase-file or --passphrase-fd"
        default: nil
        }
    }
}

extension TrustError: AdvisableError {
    var advice: String? {
        switch self {
        case .cryptography(let error): error.advice
        case .noKeyring: "make one with `linkseal init`, or name the workspace with --workspace"
        case .noSuchKey: "`linkseal keys list` shows its keys"
        case .noSigningKey: "make one the signing key with `linkseal keys rotate`"
        case .keyInUse, .nextRootNotSettled: "or use --force"
        case .noNextRoot: "make one with `linkseal keys next-root`, and publish it"
        case .revocationForgotten(let id): "run `linkseal keys revoke \(id)` and publish again"
        case .promotionForgotten: "run `linkseal keys next-root --promote --force` and publish again"
        case .publishedInFuture: "if the clock is right, publish with --force"
        case .sequenceTooHigh: "give --above the highest sequence that `linkseal bundle status` shows"
        default: nil
        }
    }
}

extension BundleRefusal: AdvisableError {
    var advice: String? {
        switch self {
        case .bundle(let error): error.advice
        case .notFetched(_, .untrustedCertificate): "--ca-file names a private authority"
        default: nil
        }
    }
}

extension ConsumptionError: AdvisableError {
    var advice: String? {
        switch self {
        case .missing:
            "if this is a new edge, `linkseal serve --new-log` makes one, though not where a symbolic link leads"
        case .notALog: "`linkseal log check` says what can be read of it"
        case .headerDamaged(_, copyIsSound: true): "run `linkseal log repair`"
        case .damaged: "run `linkseal log check` for the extent, then restore a copy or run `linkseal log repair`"
        case .schemaMismatch(_, nil, _): "`linkseal store migrate` makes one there"
        case .schemaMismatch(_, let found?, let needed) where found < needed: "run `linkseal store migrate`"
        default: nil
        }
    }
}

extension ConsoleRefusal: AdvisableError {
    var advice: String? {
        switch self {
        case .noPassword: "set one with `linkseal console set-password`"
        case .damagedPasswords: "set the password again with `linkseal console set-password`"
        case .noRole: "choose one with --role"
        case .noUser: "`linkseal console users` lists them"
        case .notLoopback: "or use --allow-remote"
        case .noHostName: "name it with --host"
        default: nil
        }
    }
}

extension DistributionsError: AdvisableError {
    var advice: String? {
        switch self {
        case .headings(_, .noOptOuts):
            "leave out --skip-opted-out if the file has no such column; otherwise give it a heading such as Unsubscribed"
        case .headings(_, .addressAmongHeadings):
            "add a line of headings, or say what the columns are with --no-headings --map 1=id,2=email"
        case .headings(_, .ambiguous(let field, let headings)):
            "choose it with \(mapOption(headings[0], field))"
        case .headings(_, .noContactIDAndNoEmail):
            "name the column with \(mapOption("HEADING", .email)) or \(mapOption("HEADING", .contactID)); if these aren't"
                + " the headings, name the separator with --delimiter"
        case .table(_, _, _, .invalidText(_, let readings)) where !readings.isEmpty:
            if Diagnostics.areJSON {
                "or give the encoding: " + readings.map { "--encoding \($0.encoding.label)" }.joined(separator: ", ")
            } else {
                "or add the option with which this line reads right:"
            }
        case .table(_, _, _, .ragged): "if its columns were separated wrongly, name the separator with --delimiter"
        case .emptySelection(_, .sample): "give a larger --sample"
        case .emptySelection(_, .conditions): "see what --where, --not-in and --only-status leave"
        case .emptySelection(_, .onlyContact): "remove the list with `linkseal contacts remove`"
        case .emptySelection(_, .optedOut): "leave out --skip-opted-out to include them"
        case .responses(_, let error): error.advice
        case .responseTimes(_, let error): error.advice
        case .surveyURL(let review): review.advice
        case .withoutWorkbooks: "the image can, and so can what `swift build --traits Spreadsheets` builds"
        case .exists(what: "contact list", _): "choose another name, or replace that list with --replace"
        case .exists(what: "distribution", _): "choose another name"
        default: nil
        }
    }

    /// What is listed below the headline, a line each, instead of in the description.
    var details: [String] {
        switch self {
        case .table(_, _, _, .invalidText(_, let readings)):
            readings.map { "--encoding \($0.encoding.label): \($0.line)" }
        case .rows(_, let problems): problems.first.map(\.description) + [problems.more].compactMap(\.self)
        default: []
        }
    }

    var headline: String {
        switch self {
        case .rows(let file, let problems): "\(file): \(problems.count) rows can't be imported"
        default: description
        }
    }
}

extension ResponseColumnsError {
    fileprivate var advice: String {
        switch self {
        case .noColumn: "name the column with --column, or choose with --by what identifies the respondent"
        case .disagreeing: "name the right one with --column"
        case .unknownColumn: "name one of them with --column"
        }
    }
}

extension ResponseTimeError {
    var advice: String {
        switch self {
        case .unknownColumn: "name one of them with --time-column"
        case .zoneMissing: "say with --time-zone which clock they show, such as --time-zone Europe/Berlin"
        case .orderUndecided, .orderContradicted: "say which with --date-order mdy or --date-order dmy"
        }
    }
}

extension SurveyURLReview {
    var advice: String? {
        if let corrected { return "give --survey-url '\(corrected.replacing("'", with: "'\\''"))'" }
        for case .addressOf(_, let id) in faults { return "give --tool \(id), or another --survey-url" }
        return nil
    }
}

/// The option, ready to be pasted into a shell.
func mapOption(_ heading: String, _ field: ContactField) -> String {
    let value = "\(heading)=\(field.rawValue)"
    return value.contains { "\"\\$`!".contains($0) }
        ? "--map '\(value.replacing("'", with: "'\\''"))'" : "--map \"\(value)\""
}
