import HTTPTypes
import Hummingbird

/// A page or an action of the console: what asks for it, who may, and what answers.
struct Route: Sendable {
    enum Access: Hashable, Sendable {
        /// Signing in, and what its page is drawn with.
        case everyone
        /// Those who are signed in and have the role or one above it.
        case atLeast(Role)

        static let viewer = atLeast(.viewer)
        static let editor = atLeast(.editor)
        static let admin = atLeast(.admin)

        /// Nil for everyone.
        var role: Role? { if case .atLeast(let role) = self { role } else { nil } }
    }

    enum Body: Sendable {
        case none
        /// A form, which carries its session's token.
        case form
        /// A file with its form, which its handler reads, the token first.
        case upload
    }

    let method: HTTPRequest.Method
    /// Words with slashes; a word in braces stands for any.
    let path: String
    let access: Access
    let body: Body
    /// A field that makes the action draw its form with what was typed, and do nothing else. Nil for actions that can't:
    /// then the form's page is filled in.
    let redrawing: (name: String, value: String)?
    let answer: @Sendable (Call) async throws -> Response

    /// - Parameter access: who may use it. There is no default, so that no route is left open by mistake.
    static func get(
        _ path: String, for access: Access, _ answer: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, access: access, body: .none, redrawing: nil, answer: answer)
    }

    static func post(
        _ path: String, for access: Access, body: Body = .form, redrawing: (name: String, value: String)? = nil,
        _ answer: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .post, path: path, access: access, body: body, redrawing: redrawing, answer: answer)
    }

    /// The words of the path that match those in braces; nil for another path.
    func parameters(of words: [String]) -> [String: String]? {
        let pattern = path.split(separator: "/")
        guard pattern.count == words.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, word) in zip(pattern, words) {
            if part.hasPrefix("{") {
                parameters[String(part.dropFirst().dropLast())] = word
            } else if part != word {
                return nil
            }
        }
        return parameters
    }
}
