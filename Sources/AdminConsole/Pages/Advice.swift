import Cryptography
import Distributions
import Trust

/// What a person at the console can do about what went wrong. The modules below state facts only.
extension ConsoleService {
    /// Said after a change that could not be published.
    static let unpublished =
        "edges don't know yet, because the root key can't be used here; publish on the machine that has it"

    /// An error in words, with advice where there is some.
    static func advised(_ error: any Error) -> String {
        advice(on: error).map { "\(error); \($0)" } ?? "\(error)"
    }

    private static func advice(on error: any Error) -> String? {
        switch error {
        case let error as any ContactSourceError: advice(on: error.remedy)
        case TrustError.noSigningKey: "rotate the keys on the page Keys"
        case TrustError.cryptography(.passphraseRequired), CryptographyError.passphraseRequired:
            "the console has to be started with its passphrase"
        default: nil
        }
    }

    private static func advice(on remedy: SourceRemedy?) -> String? {
        switch remedy {
        case .retry: "try again later"
        case .resume: "try again later; it continues where it stopped"
        case .giveCredentials, .chooseList, .chooseByNumber, nil: nil
        }
    }
}
