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

    func name(isSecure: Bool) -> String { isSecure ? "__Host-" + plainName : plainName }

    func value(in request: Request, isSecure: Bool) -> String? {
        let name = name(isSecure: isSecure)
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(name + "=") { return String(text.dropFirst(name.count + 1)) }
            }
        }
        return nil
    }

    /// What sets it until the browser is closed.
    func setting(_ value: String, isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    func clearing(isSecure: Bool) -> String { setting("", isSecure: isSecure) + "; Max-Age=0" }
}
