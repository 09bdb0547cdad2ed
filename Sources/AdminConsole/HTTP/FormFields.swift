/// The fields of a form or a query, in their order, decoded as the URL Standard §5.1 has it
/// (`application/x-www-form-urlencoded`).
struct FormFields: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init() {}

    init(_ text: some StringProtocol) {
        fields = text.utf8.split(separator: UInt8(ascii: "&")).map { (pair) in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (Self.decoded(name), Self.decoded(pair.dropFirst(name.count + 1)))
        }
    }

    /// The first value of that name, or nothing.
    subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    /// Every value of that name that says something.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// - Parameter plusIsSpace: false in a path, where a plus sign is one.
    static func decoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = true) -> String {
        func digit(_ byte: UInt8) -> UInt8? { Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init) }
        var decoded: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = digit(rest[rest.startIndex]),
                let low = digit(rest[rest.startIndex + 1])
            {
                decoded.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
