/// How a distribution carries its contacts' embedded data.
public enum EmbeddedDataMode: Hashable, Sendable {
    /// The data stays with the admin and joins the responses afterwards; the link carries a salted hash of it.
    case sealed
    /// The named fields travel as query parameters of the link, in this order. The edge refuses a link whose parameters
    /// were changed and hands them to the survey.
    case inLink(fields: [String])

    public var inLinkFields: [String] {
        switch self {
        case .sealed: []
        case .inLink(let fields): fields
        }
    }
}

extension EmbeddedDataMode: Codable {
    /// A list of names for data in the link, nothing for sealed data.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .sealed : .inLink(fields: try container.decode([String].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .sealed: try container.encodeNil()
        case .inLink(let fields): try container.encode(fields)
        }
    }
}
