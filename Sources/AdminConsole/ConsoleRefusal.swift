import Distributions
import Files
import HTTPTypes
import Trust

/// Why the console does not do what it was asked for.
public enum ConsoleRefusal: Error, Hashable, Sendable {
    /// Nobody has set a password yet.
    case noPassword(path: String)
    /// A line of the file of passwords can't be read. Lines count from 1.
    case damagedPasswords(path: String, line: Int)
    case unusableUser(String)
    /// A new user has no role.
    case noRole(user: String)
    case noUser(String)
    /// Without that user, nobody could sign in.
    case lastUser(String)
    case passwordTooShort(minimum: Int)
    case passwordTooLong(maximum: Int)
    /// It was asked to listen where other machines can reach it.
    case notLoopback(String)
    /// It listens for other machines and does not know by which name they know it.
    case noHostName
    /// A file of the console can't be used.
    case file(FileError)
    /// The request names a host that is not the console's.
    case host
    /// The request comes from another site's page.
    case crossSite
    /// The form's token is missing or not that of the session.
    case formToken
    case signInRequired
    /// The user's role does not reach.
    case role(needed: Role, user: String, has: Role)
    case wrongPassword
    /// The sign-in provider did not do its part.
    case provider(reason: String)
    /// The provider knows the user, and none of the user's roles is one here.
    case noRoleFromProvider(user: String)
    case tooManyAttempts(seconds: Int)
    case noSuchPage
    /// The uploaded file was imported or discarded, or its time is over.
    case noSuchUpload
    case method(allowed: String)
    case tooLarge(limit: Int)
    case malformed(String)
    /// What was typed to confirm is not the name.
    case notConfirmed
    case tooManyJobs

    var status: HTTPResponse.Status {
        switch self {
        case .host: .misdirectedRequest
        case .crossSite, .formToken, .role, .noRoleFromProvider: .forbidden
        case .provider: .badGateway
        case .signInRequired, .wrongPassword: .unauthorized
        case .tooManyAttempts, .tooManyJobs: .tooManyRequests
        case .noSuchPage, .noSuchUpload: .notFound
        case .method: .methodNotAllowed
        case .tooLarge: .contentTooLarge
        case .malformed, .unusableUser: .badRequest
        case .notConfirmed: .unprocessableContent
        case .noPassword, .damagedPasswords, .noRole, .noUser, .lastUser, .passwordTooShort, .passwordTooLong,
            .notLoopback, .noHostName, .file:
            .internalServerError
        }
    }
}

extension ConsoleRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noPassword(let path):
            "nobody can sign in yet: \(path) has no password"
        case .damagedPasswords(let path, let line):
            "\(path), line \(line), is not a user, a role and a password hash"
        case .unusableUser(let name):
            "the user name \"\(name)\" can't be used; expected 1 to 64 letters, digits, dots, hyphens, underscores or @"
        case .noRole(let user):
            "\(user) is new and needs a role: \(Role.allCases.map(\.rawValue).joined(separator: ", "))"
        case .noUser(let user): "there is no user \"\(user)\""
        case .lastUser(let user): "\(user) is the only user; nobody could sign in without"
        case .passwordTooShort(let minimum):
            "the password is too short; expected \(minimum) characters or more, such as four unrelated words"
        case .passwordTooLong(let maximum):
            "the password is longer than \(maximum) bytes"
        case .notLoopback(let address):
            "\(address) is reachable from other machines; listen on 127.0.0.1 behind a TLS proxy"
        case .noHostName:
            "the console is reachable from other machines, but doesn't know the name that browsers use for it"
        case .file(let error): error.description
        case .host: "this console does not answer to that host name"
        case .crossSite:
            "the request came from another site, so nothing was done; open the console itself and try again"
        case .formToken:
            "the form is too old or from another console, so nothing was done; go back, reload and try again"
        case .signInRequired: "sign in to see this page"
        case .role(let needed, let user, let has):
            "this needs the role \(needed.rawValue), and \(user) has the role \(has.rawValue); nothing was done; ask an admin of"
                + " this console"
        case .wrongPassword: "the user name or the password is wrong"
        case .provider(let reason): "signing in with the provider failed: \(reason)"
        case .noRoleFromProvider(let user):
            "the provider knows you as \(user), but none of your roles there is one of this console; ask whoever runs it"
        case .tooManyAttempts(let seconds): "too many attempts to sign in; try again in \(seconds) seconds"
        case .noSuchPage: "there is no such page"
        case .noSuchUpload:
            "the file is no longer here: it was imported or discarded, or an hour has passed; upload it again"
        case .method(let allowed): "the page does not accept that method, only \(allowed)"
        case .tooLarge(let limit): "the request has more than the \(limit) bytes that the page accepts"
        case .malformed(let reason): reason
        case .notConfirmed: "the name that you typed is not the distribution's, so nothing was changed"
        case .tooManyJobs: "too many jobs are waiting; try again when one is done"
        }
    }
}
