/// The envelope of every answer of Marketo's REST API. Errors come with HTTP status 200.
struct Answer<Item: Decodable & Sendable>: Decodable, Sendable {
    let success: Bool
    let errors: [AnswerError]?
    let result: [Item]?
    let nextPageToken: String?
    let moreResult: Bool?

    /// The token of the page that follows, if any does.
    var next: String? { moreResult == false ? nil : nextPageToken.flatMap { $0.isEmpty ? nil : $0 } }
}

/// An error of an answer, or a reason of a record: a code and words.
struct AnswerError: Decodable, Hashable, Sendable {
    let code: String
    let message: String

    private enum CodingKeys: String, CodingKey { case code, message }

    init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Documented as text; some answers have numbers.
        if let number = try? container.decode(Int.self, forKey: .code) {
            code = String(number)
        } else {
            code = try container.decode(String.self, forKey: .code)
        }
        message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
    }

    /// What follows from it, for a call.
    func callError(of call: Call) -> CallError {
        switch code {
        case "601", "602": .again(TransientError(kind: .token, reason: words))
        case "606": .again(TransientError(kind: .rate, reason: words))
        case "502", "604", "608", "611", "615", "713": .again(TransientError(kind: .busy, reason: words))
        case "600", "603": .failed(.accessDenied(call: call.name, message: message))
        case "607": .failed(.dailyQuotaReached(message: message))
        case "1029" where message.lowercased().contains("quota"):
            .failed(.exportQuotaReached(message: message))
        case "1029": .again(TransientError(kind: .queue, reason: words))
        case "1035": .failed(.smartListsUnavailable(message: message))
        case "610", "702", "1013":
            .failed(call.list.map { .listNotFound($0) } ?? .refused(call: call.name, code: code, message: message))
        default: .failed(.refused(call: call.name, code: code, message: message))
        }
    }

    private var words: String { "\(message) (\(code))" }
}

/// Whether a failed call is worth another attempt.
enum CallError: Hashable, Sendable {
    case again(TransientError)
    case failed(MarketoError)
}
