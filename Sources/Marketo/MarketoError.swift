import Distributions

/// What can go wrong with Marketo.
public enum MarketoError: ContactSourceError, Hashable {
    /// The endpoint is no URL that credentials may be sent to.
    case endpoint(String)
    /// Marketo does not know the credentials.
    case credentialsRefused(String)
    /// Marketo gives tokens for the credentials, and refuses each (601, 602).
    case tokensRefused(String, attempts: Int)
    /// The custom service's user lacks a permission (603).
    case accessDenied(call: String, message: String)
    /// The day's calls are used up (607); they count anew at midnight, Central Time.
    case dailyQuotaReached(message: String)
    /// Marketo answered with an error that trying again does not cure, such as 1003 or 1006.
    case refused(call: String, code: String, message: String)
    /// The bytes that bulk extracts may have in a day are used up (1029); they count anew at midnight, Central Time.
    case exportQuotaReached(message: String)
    /// The subscription has no bulk extract of smart lists (1035).
    case smartListsUnavailable(message: String)
    /// The bulk extract of a smart list failed time after time.
    case exportFailed(list: String, reason: String, attempts: Int)
    /// There is no such list (610, 702, 1013, or no such name).
    case listNotFound(String)
    /// Several lists share the name.
    case ambiguousList(name: String, ids: [Int])
    /// Marketo could not be reached, or asked to try later, time after time.
    case unavailable(call: String, reason: String, attempts: Int)
    /// The endpoint's certificate is signed by nobody who is trusted here.
    case untrusted(String)
    /// The answer is not what the published API says.
    case answer(call: String, reason: String)
    /// A field's name can't be used.
    case field(String, reason: String)
    /// A file of the workspace.
    case workspace(DistributionsError)
    case cancelled
}

extension MarketoError {
    public var description: String {
        switch self {
        case .endpoint:
            // Without the text, which may be a secret entered in the wrong place.
            "\(MarketoCredentials.endpointName) can't be used; expected the REST endpoint of Admin >"
                + " Integration > Web Services, such as https://123-ABC-456.mktorest.com/rest"
        case .credentialsRefused(let message):
            "Marketo refuses the credentials: \(message); compare client ID and secret with Admin > Integration >"
                + " LaunchPoint > View Details"
        case .tokensRefused(let message, let attempts):
            "Marketo issued tokens and then refused them, \(attempts) times: \(message); \(MarketoCredentials.endpointName)"
                + " and the client ID may be of different instances. Compare both with Marketo's Admin area"
        case .accessDenied(let call, let message):
            "Marketo denies \(call): \(message) (603); give the API user's role the permission"
        case .dailyQuotaReached(let message):
            "Marketo's daily quota of calls is used up: \(message) (607); it is reset at midnight, Central Time"
        case .exportQuotaReached(let message):
            "Marketo's daily quota of bulk extracts is used up: \(message) (1029); it is reset at midnight, Central"
                + " Time. Importing a static list does not use it"
        case .smartListsUnavailable(let message):
            "Marketo does not export smart lists here: \(message) (1035); ask its support to turn on the smart list filter"
                + " of bulk lead extract, or copy the people into a static list"
        case .exportFailed(let list, let reason, let attempts):
            "Marketo could not export the smart list \"\(list)\" in \(attempts) attempts, the last time: \(reason)"
        case .refused(let call, let code, let message):
            "Marketo refuses \(call): \(message) (\(code))"
        case .listNotFound(let list):
            "there is no list \(list) in Marketo, or the API user can't see its workspace"
        case .ambiguousList(let name, let ids):
            "several lists are called \"\(name)\"; their IDs are "
                + ids.map(String.init).joined(separator: ", ")
        case .unavailable(let call, let reason, let attempts):
            "Marketo could not do \(call) in \(attempts) attempts, the last time: \(reason)"
        case .untrusted(let origin):
            "\(origin) can't prove that it is Marketo: its certificate is not from a trusted authority; if a proxy inspects"
                + " TLS traffic, add its authority to the system's"
        case .answer(let call, let reason):
            "Marketo's answer to \(call) can't be used: \(reason)"
        case .field(let name, let reason):
            "the field \"\(name)\" can't be used: \(reason)"
        case .workspace(let error):
            "\(error)"
        case .cancelled:
            "cancelled"
        }
    }

    public var remedy: SourceRemedy? {
        switch self {
        case .listNotFound: .chooseList(source: MarketoSource.name)
        case .ambiguousList: .chooseByNumber
        case .dailyQuotaReached, .unavailable, .cancelled: .resume
        case .exportFailed: .retry
        default: nil
        }
    }
}
