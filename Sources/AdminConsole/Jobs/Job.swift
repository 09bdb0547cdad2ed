import Distributions
import LinkToken

/// Work that outlives the request that asked for it.
struct Job: Sendable, Identifiable {
    enum Kind: String, Sendable {
        case generate
        case importFile
        case fetchMarketo
    }

    enum State: Sendable {
        case waiting
        case running
        case failed(String)
        case made(Distribution, warnings: [String])
        case imported(ContactList, warnings: [String])
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
    var timeLeft: Double?

    var isOver: Bool {
        switch state {
        case .waiting, .running: false
        case .failed, .made, .imported: true
        }
    }

    /// Whole percent, when the end is known.
    var percent: Int? {
        guard let total, total > 0 else { return nil }
        return min(100, done * 100 / total)
    }
}
