import Encoding

/// What is wrong with the text of a token or a session receipt.
public enum TextFault: Error, Hashable, Sendable {
    case empty
    case tooLong(count: Int)
    case encoding(Base64Error)
}

extension TextFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let count): "it is \(count) characters long"
        case .encoding(let error): error.description
        }
    }
}
