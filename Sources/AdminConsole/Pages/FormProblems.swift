/// What is wrong with a form, by the names of its fields. The page says each beside its field.
struct FormProblems: Sendable {
    private(set) var texts: [(field: String, text: String)] = []

    var areNone: Bool { texts.isEmpty }

    subscript(field: String) -> String? { texts.first { $0.field == field }?.text }

    /// The first problem of a field is said; those that follow from it are not.
    mutating func add(_ field: String, _ text: String) {
        guard self[field] == nil else { return }
        texts.append((field, ConsoleService.sentence(text)))
    }

    /// - Returns: what the body gives, or nil if it throws, which is a problem of that field then.
    mutating func catching<Value>(_ field: String, _ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            add(field, ConsoleService.advised(error))
            return nil
        }
    }

    /// For templates: `problem-` and the field's name, and all of them for the top of the page.
    var fields: [String: Any] {
        var fields: [String: Any] = [
            "hasProblems": !areNone, "problems": texts.map { ["field": $0.field, "text": $0.text] },
        ]
        for (field, text) in texts { fields["problem-" + field] = text }
        return fields
    }

    /// For scripts.
    var byField: [String: String] { Dictionary(texts.map { ($0.field, $0.text) }) { $1 } }
}
