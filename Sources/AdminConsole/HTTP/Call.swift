import Distributions
import HTTPTypes
import Hummingbird
import LinkToken
import NIOCore

/// What a request's handler may know of its connection.
struct ConsoleContext: InitializableFromSource, Sendable {
    let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        peer = source.channel.remoteAddress
    }
}

/// A request that was let through to its page.
struct Call: Sendable {
    let request: Request
    let origin: RequestOrigin
    /// The words of the path that match the route's names.
    var parameters: [String: String]
    var query: FormFields
    /// The fields of the form, its token checked. Of an upload nothing is read yet.
    var form = FormFields()
    var session: Session?
    let now: UnixTime

    /// The locale that the browser asks for first, for which spreadsheets are written.
    var excelLocale: ExcelLocale {
        let first = request.headers[.acceptLanguage]?.split { $0 == "," || $0 == ";" }.first.map(String.init)
        return first.flatMap { ExcelLocale($0) } ?? .english
    }

    var user: String { session?.user ?? "nobody" }
    /// What the forms of the page that answers carry.
    var formToken: String { session?.formToken ?? "" }
}
