/// What kind of program started a survey, by what it said of itself. The raw value is the byte in the file.
///
/// It tells an admin whether a person or a mail scanner pressed the button, and no more: neither an address nor a version
/// is kept. A program that lies is believed.
public enum UserAgentClass: UInt8, Hashable, Sendable, CaseIterable {
    /// Nobody said, or nobody knows such a program; also of every start recorded before classes were.
    case unknown = 0
    case desktopBrowser = 1
    case mobileBrowser = 2
    case mailClient = 3
    /// A mail scanner, a link preview, a crawler, a browser without a person.
    case scanner = 4
    /// A program that makes requests for others: a survey engine, a script.
    case tool = 5

    /// The word for it in exports and spreadsheets.
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .desktopBrowser: "desktop browser"
        case .mobileBrowser: "mobile browser"
        case .mailClient: "mail client"
        case .scanner: "scanner"
        case .tool: "tool"
        }
    }
}

extension UserAgentClass: Comparable {
    /// The order of the numbers, in which unknown comes first.
    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}
