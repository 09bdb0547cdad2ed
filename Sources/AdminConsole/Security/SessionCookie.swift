import HTTPTypes
import Hummingbird

/// The cookies of the console. With TLS their names have the prefix `__Host-`, by which browsers refuse them from any
/// other host, path or unencrypted page (RFC 6265bis §4.1.3.2).
struct ConsoleCookie: Sendable {
    private let plainName: String

    /// The session's token.
    static let session = ConsoleCookie(plainName: "linkseal-session")
    /// What the token of the sign-in form belongs to, before there is a session.
    static let signIn = ConsoleCookie(plainName: "linkseal-sign-in")
    /// Which sign-in the provider is to answer in this browser.
    static let provider = ConsoleCookie(plainName: "linkseal-provider")

    /// Browsers send a cookie to every port of its host, so the name has the port: two consoles on one host don't sign each
    /// other out.
    func name(for origin: RequestOrigin) -> String {
        (origin.isSecure ? "__Host-" : "") + plainName + (origin.port.map { "-\($0)" } ?? "")
    }

    func value(in request: Request, _ origin: RequestOrigin) -> String? {
        let name = name(for: origin)
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(name + "=") { return String(text.dropFirst(name.count + 1)) }
            }
        }
        return nil
    }

    /// What sets it until the browser is closed.
    ///
    /// - Parameter isLax: whether it also comes along when another site's page leads here.
    func setting(_ value: String, _ origin: RequestOrigin, isLax: Bool = false) -> String {
        "\(name(for: origin))=\(value); Path=/; HttpOnly; SameSite=\(isLax ? "Lax" : "Strict")"
            + (origin.isSecure ? "; Secure" : "")
    }

    func clearing(_ origin: RequestOrigin) -> String { setting("", origin) + "; Max-Age=0" }
}
