import Encoding

/// What somebody sent after their session had ended. Nothing was done with it. The sign-in page carries it, and once the
/// same user has signed in, its page shows it again, to be looked at and sent anew (WCAG 2.2, 3.3.7).
struct UnsentForm: Sendable {
    /// The bytes that a sign-in page carries at most.
    static let limit = 512 << 10

    /// Of the field of the sign-in page.
    static let fieldName = "unsent"

    /// Where it was sent.
    let action: ConsolePath
    /// Where it is shown.
    let page: ConsolePath
    /// Who typed it. Nobody else gets to see it.
    let user: String
    /// Files don't come along.
    let hadFile: Bool
    let fields: FormFields
    /// Whether the action drew the page with it, so that nothing is to be filled in.
    var isDrawn = false

    init(action: ConsolePath, page: ConsolePath, user: String, hadFile: Bool, fields: FormFields) {
        (self.action, self.page, self.user, self.hadFile) = (action, page, user, hadFile)
        var kept = FormFields()
        for (name, value) in fields.fields where name != "form-token" && !name.contains("password") {
            kept.append(name, value)
        }
        self.fields = kept
    }

    /// Reads ``text``. Nil for anything else.
    init?(_ text: String) {
        var bytes: [UInt8] = []
        guard !text.isEmpty, (try? Base64URL.decode(Array(text.utf8).span, appendingTo: &bytes)) != nil else {
            return nil
        }
        let found = FormFields(String(decoding: bytes, as: UTF8.self))
        guard found.fields.count >= 4, let action = ConsolePath(found["action"]), let page = ConsolePath(found["page"])
        else { return nil }
        var fields = FormFields()
        for (name, value) in found.fields.dropFirst(4) { fields.append(name, value) }
        self.init(
            action: action, page: page, user: found["user"], hadFile: found["file"] == "yes", fields: fields)
    }

    /// As the sign-in page carries it; nil when that would be too long.
    var text: String? {
        let head = [("action", action.text), ("page", page.text), ("user", user), ("file", hadFile ? "yes" : "no")]
        let text = (head + fields.fields.map { ($0.name, $0.value) })
            .map { $0.0.percentEncoded + "=" + $0.1.percentEncoded }.joined(separator: "&")
        return text.utf8.count <= Self.limit ? Base64URL.encode(Array(text.utf8).span) : nil
    }
}
