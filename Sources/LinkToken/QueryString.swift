import Cryptography

/// The parameters of a query in their order, read as the URL Standard §5.1 reads `application/x-www-form-urlencoded`:
/// a plus sign is a space, and a percent sign that isn't followed by two hexadecimal digits stays a percent sign.
public struct QueryString: Sendable {
    public let parameters: [(name: String, value: String)]
    /// The query as it arrived, without the question mark.
    public let text: String

    public init(_ text: some StringProtocol) {
        self.text = String(text)
        // Most requests have none.
        guard !text.isEmpty else {
            parameters = []
            return
        }
        parameters = Self.pairs(of: self.text).map { (Self.decoded($0.name), Self.decoded($0.value)) }
    }

    /// The first value of that name.
    public subscript(name: String) -> String? {
        parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Names and values as they arrived, still percent-encoded.
    static func pairs<Text: StringProtocol>(
        of text: Text
    ) -> [(name: Text.UTF8View.SubSequence, value: Text.UTF8View.SubSequence)] {
        text.utf8.split(separator: UInt8(ascii: "&")).map { (pair) in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (name, pair.dropFirst(name.count + 1))
        }
    }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: percentDecoded(bytes, plusIsSpace: true), as: UTF8.self)
    }

    /// The bytes, percent-decoded once.
    ///
    /// - Parameter plusIsSpace: true in a query that a form wrote, false everywhere else.
    static func percentDecoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8] {
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
        return decoded
    }
}
