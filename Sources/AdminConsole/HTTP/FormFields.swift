import Encoding

/// The fields of a form or a query, in their order.
struct FormFields: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init() {}

    init(_ text: some StringProtocol) { fields = QueryString(text).parameters }

    /// The first value of that name, or nothing.
    subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    /// Every value of that name that says something.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// Of names and values.
    var byteCount: Int { fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }

    mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }
}
