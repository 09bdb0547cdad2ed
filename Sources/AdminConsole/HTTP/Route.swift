import HTTPTypes
import Hummingbird

/// A page or an action of the console: what asks for it, who may, and what answers.
struct Route: Sendable {
    enum Access: Sendable {
        /// Everybody: signing in, and what its page is drawn with.
        case open
        /// Only those who are signed in.
        case signedIn
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
    let answer: @Sendable (Call) async throws -> Response

    static func get(
        _ path: String, access: Access = .signedIn, _ answer: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, access: access, body: .none, answer: answer)
    }

    static func post(
        _ path: String, access: Access = .signedIn, body: Body = .form,
        _ answer: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .post, path: path, access: access, body: body, answer: answer)
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
