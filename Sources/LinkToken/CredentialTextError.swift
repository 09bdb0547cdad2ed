import Encoding

/// What is wrong with the text of a token or a session receipt.
public enum CredentialTextError: Error, Hashable, Sendable {
    case empty
    case tooLong(count: Int)
    case encoding(Base64Error)
}

extension CredentialTextError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let count): "it is \(count) characters long"
        case .encoding(let error): error.description
        }
    }
}
