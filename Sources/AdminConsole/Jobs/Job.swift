import Distributions
import LinkToken

/// Work that outlives the request that asked for it.
struct Job: Sendable, Identifiable {
    enum Kind: String, Sendable {
        case generate
        case addContacts
        case checkFile
        case importFile
        case makeDummies
        case fetchList
        case mergeLists
        case erase

        var line: Line { self == .generate || self == .addContacts ? .minting : .contacts }
    }

    /// Jobs of a line come one after the other. Contacts are not kept waiting for a million links.
    enum Line: Hashable, Sendable {
        case minting
        case contacts
    }

    enum State: Sendable {
        case waiting
        case running
        case failed(String)
        /// - Parameters:
        ///   - target: what the spreadsheet is for.
        ///   - longest: the length of the longest link, in characters.
        case made(Distribution, target: SpreadsheetTarget, longest: Int, warnings: [String])
        case added(Addition)
        case imported(ContactList, warnings: [String])
        /// The page at that path shows what came of it.
        case shown(at: String)
    }

    let id: String
    let kind: Kind
    /// What is made, in a person's words.
    let title: String
    let user: String
    let startedAt: UnixTime
    /// What was entered to start it, for those who have to change it.
    var form: FormFields?
    var state: State = .waiting
    var done = 0
    var total: Int?
    var timeLeft: Duration?

    var isOver: Bool {
        switch state {
        case .waiting, .running: false
        case .failed, .made, .added, .imported, .shown: true
        }
    }

    var isFailed: Bool { if case .failed = state { true } else { false } }

    /// Whole percent, when the end is known.
    var percent: Int? {
        guard let total, total > 0 else { return nil }
        return min(100, done * 100 / total)
    }
}
