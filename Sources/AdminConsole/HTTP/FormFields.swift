import Encoding

/// The fields of a form or a query, in their order.
struct FormFields: Equatable, Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init() {}

    init(_ text: some StringProtocol) { fields = QueryString(text).parameters }

    static func == (a: FormFields, b: FormFields) -> Bool {
        a.fields.elementsEqual(b.fields) { $0 == $1 }
    }

    /// The first value of that name, or nothing.
    subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// Every value of that name that says something.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// The same without what belongs to a session.
    var withoutToken: FormFields {
        var form = self
        form.fields.removeAll { $0.name == "form-token" }
        return form
    }

    /// Of names and values.
    var byteCount: Int { fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }

    mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }
}
