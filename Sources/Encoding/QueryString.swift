/// The parameters of a query or a form in their order, read as the URL Standard §5.1 reads
/// `application/x-www-form-urlencoded`: a plus sign is a space, and a percent sign that isn't followed by two hexadecimal
/// digits stays a percent sign.
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
    package static func pairs<Text: StringProtocol>(
        of text: Text
    ) -> [(name: Text.UTF8View.SubSequence, value: Text.UTF8View.SubSequence)] {
        text.utf8.split(separator: UInt8(ascii: "&")).map { (pair) in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (name, pair.dropFirst(name.count + 1))
        }
    }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.percentDecoded(plusIsSpace: true), as: UTF8.self)
    }
}
