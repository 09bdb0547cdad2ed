import LinkToken

/// The parameters of a query, in their order, decoded as the URL Standard §5.1 has it (`application/x-www-form-urlencoded`):
/// a plus sign is a space, and a percent sign that no two hexadecimal digits follow stands for itself.
struct QueryString: Sendable {
    let parameters: [(name: String, value: String)]

    init(_ text: some StringProtocol) {
        // Most requests have none.
        guard !text.isEmpty else {
            parameters = []
            return
        }
        parameters = text.utf8.split(separator: UInt8(ascii: "&")).map { (pair) in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (Self.decoded(name), Self.decoded(pair.dropFirst(name.count + 1)))
        }
    }

    /// The first value of that name.
    subscript(name: String) -> String? {
        parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// - Parameter plusIsSpace: false in a path, where a plus sign is one.
    static func decoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = true) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            let rest = bytes[index...].dropFirst()
            if byte == UInt8(ascii: "%"), let value = UInt8(hexadecimal: rest.prefix(2)), rest.count >= 2 {
                decoded.append(value)
                index = bytes.index(index, offsetBy: 3)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index = bytes.index(after: index)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
