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
        /// - Parameter tool: whose headings the spreadsheet shall have.
        case made(Distribution, tool: MailMerge?, warnings: [String])
        case added(Addition)
        case imported(ContactList, warnings: [String])
        /// The page of the upload shows what was found.
        case checked(upload: String)
    }

    let id: String
    let kind: Kind
    /// What is made, in a person's words.
    let title: String
    let user: String
    let startedAt: UnixTime
    var state: State = .waiting
    var done = 0
    var total: Int?
    var timeLeft: Duration?

    var isOver: Bool {
        switch state {
        case .waiting, .running: false
        case .failed, .made, .added, .imported, .checked: true
        }
    }

    /// Whole percent, when the end is known.
    var percent: Int? {
        guard let total, total > 0 else { return nil }
        return min(100, done * 100 / total)
    }
}
