import Encoding
import LinkToken
import NIOHTTP1

/// What a path asks for. The raw value is the template that logs and metrics name, which never holds a token.
enum Route: String, Hashable, Sendable, CaseIterable {
    case link = "/l/{token}"
    case verify = "/v1/verify"
    case start = "/v1/start"
    case finish = "/v1/finish"
    case auth = "/auth"
    case done = "/done"
    case health = "/healthz"
    case readiness = "/readyz"
    case metrics = "/metrics"
    case openAPI = "/openapi.json"
    case consumption = "/consumption"
    case unknown = "other"

    private static let fixed = Dictionary(
        uniqueKeysWithValues: allCases.filter { $0 != .link && $0 != .unknown }.map { ($0.rawValue, $0) })

    /// - Parameter path: without the query.
    init(path: Substring) {
        self = Self.linkPrefix(of: path) != nil ? .link : Self.fixed[String(path)] ?? .unknown
    }

    /// What precedes the token in a link's path. Programs that encode a whole address encode the slash too.
    static func linkPrefix(of path: Substring) -> String? {
        ["/l/", "/l%2F", "/l%2f"].first { path.utf8.starts(with: $0.utf8) }
    }

    /// The methods, as an `Allow` field lists them (RFC 9110 §10.2.1).
    var allowedMethods: String {
        switch self {
        case .link: "GET, HEAD, POST, OPTIONS"
        case .verify, .start, .finish: "POST, OPTIONS"
        case .auth, .done, .health, .readiness, .metrics, .openAPI, .consumption: "GET, HEAD, OPTIONS"
        case .unknown: ""
        }
    }

    func allows(_ method: HTTPMethod) -> Bool {
        switch method {
        case .OPTIONS: true
        case .POST: self == .link || self == .verify || self == .start || self == .finish
        case .GET, .HEAD: self != .verify && self != .start && self != .finish
        default: false
        }
    }
}

extension Route {
    /// Whether it is about links and sessions, which cost something to check, and not about the edge itself.
    var looksAtLinks: Bool {
        switch self {
        case .link, .verify, .start, .finish, .auth, .done: true
        case .health, .readiness, .metrics, .openAPI, .consumption, .unknown: false
        }
    }
}

/// Which requests a listener answers.
enum Surface: Sendable {
    /// All.
    case whole
    /// What recipients, survey tools and proxies ask.
    case recipients
    /// What those who run the edge ask.
    case operations

    func serves(_ route: Route) -> Bool {
        switch route {
        case .health: true
        case .readiness, .metrics, .openAPI: self != .recipients
        case .link, .verify, .start, .finish, .auth, .done: self != .operations
        // Also where operations are answered to everybody: what was consumed is for those who run the edge alone.
        case .consumption: self == .operations
        case .unknown: false
        }
    }
}

/// A request's target, taken apart.
struct RequestTarget: Sendable {
    let route: Route
    private let path: Substring
    private let rawQuery: Substring

    /// Whether only programs ask for it, whether or not there is such a route.
    var isAPI: Bool { path.utf8.starts(with: "/v1/".utf8) }

    /// - Parameter target: the target in the request line: path and query, with or without scheme and host (RFC 9112
    ///   §3.2.2 has servers take both). The host is not looked at, as it is not in the `Host` field.
    init(_ target: String) {
        let origin = target.utf8.first == UInt8(ascii: "/") ? target[...] : Self.withoutAuthority(target)
        path = origin[..<(origin.utf8.firstIndex(of: UInt8(ascii: "?")) ?? origin.endIndex)]
        route = Route(path: path)
        rawQuery = origin[path.endIndex...].dropFirst()
    }

    private static func withoutAuthority(_ target: String) -> Substring {
        guard let scheme = target.firstRange(of: "://") else { return target[...] }
        return target[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
    }

    var query: QueryString { QueryString(rawQuery) }

    /// The link that a target of the route ``Route/link`` is of.
    var link: LinkText {
        LinkText(path: path.dropFirst(Route.linkPrefix(of: path)?.count ?? 0), query: rawQuery)
    }
}
