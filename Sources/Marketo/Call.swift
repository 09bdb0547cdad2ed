import Encoding
import NIOCore
import Trust

/// A call of the REST API.
struct Call: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    let method: Method
    /// From `/rest` or `/bulk` on.
    let path: String
    var query: [(name: String, value: String)] = []
    /// JSON.
    var body: ByteBuffer?
    /// How errors name the list that it is about.
    var list: String?

    /// How errors name it: without the query, which may hold people's data.
    var name: String { "\(method.rawValue) \(path)" }

    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }
}
