import Synchronization
import TestSupport

/// A Marketo instance: its lists, its leads, who may call it, and what of that goes wrong.
public struct Instance: Sendable {
    public struct List: Sendable {
        public var id: Int
        public var name: String
        public var leads: [Int]

        public init(id: Int, name: String, leads: [Int]) {
            self.id = id
            self.name = name
            self.leads = leads
        }
    }

    public var clientID = "client-id"
    public var clientSecret = "s3cret/&=+"
    public var lists: [List]
    public var smartLists: [List] = []
    /// Names of fields that there are, besides the standard ones.
    public var customFields: Set<String> = ["company", "leadScore", "surveyLink", "preferredLanguage", "notes"]
    /// What was written into fields.
    public var written: [Int: [String: String]] = [:]
    /// Leads that there are not, although they are in lists or someone writes to them.
    public var missingLeads: Set<Int> = []
    public var hasReadPermission = true
    public var hasWritePermission = true
    public var hasAssetPermission = true

    /// Seconds that a token lasts.
    public var tokenLifetime = 3600.0
    /// Calls that the day has left.
    public var quota = Int.max
    /// What goes wrong with the next calls of leads and lists, one each.
    public var faults: [Fault] = []
    /// What goes wrong by chance, and how often.
    public var faultKinds = Fault.usual
    public var faultRate = 0.0
    /// How often a page begins with the last lead of the one before, as when a list changes in between.
    public var repeatRate = 0.0

    /// How often a job's status is asked for until it is completed.
    public var looksUntilCompleted = 0
    /// So many jobs fail.
    public var failingExports = 0
    /// So many times the queue of jobs is full.
    public var timesQueueIsFull = 0
    /// Bytes of exports that the day has left.
    public var exportQuota = Int.max
    /// So many files come with a byte changed.
    public var damagedFiles = 0
    /// So many answers with a file are cut in the middle.
    public var cutFiles = 0
    /// So many answers are the first half of a file, whole as HTTP sees it, whatever was asked for.
    public var halfFiles = 0
    /// The `Range` of each call for a file.
    public var ranges: [String?] = []
    /// So many times a job's file is gone.
    public var timesFileIsGone = 0
    public internal(set) var exports: [Export] = []

    /// Told of each call before it is answered, with how many there were.
    public var onCall: (@Sendable (_ count: Int) -> Void)?
    /// Paths that were called, without the query.
    public internal(set) var calls: [String] = []
    public internal(set) var tokensMade = 0
    /// The most leads that one call sent.
    public internal(set) var largestUpdate = 0
    /// The most bytes that one call sent.
    public internal(set) var largestBody = 0

    var random: SeededGenerator
    var token: (text: String, expiresAt: Double)?

    public init(lists: [List], seed: UInt64 = 1) {
        self.lists = lists
        random = SeededGenerator(seed: seed)
    }

    /// Enough that lists which are held in memory would show.
    private static let notes = String(repeating: "A sentence of some length, as sales people write them. ", count: 6)

    mutating func nextFault() -> Fault? {
        if !faults.isEmpty { return faults.removeFirst() }
        guard faultRate > 0, Double.random(in: 0..<1, using: &random) < faultRate else { return nil }
        return faultKinds.randomElement(using: &random)
    }

    /// What a lead's field holds. Kinds differ as Marketo's do.
    func value(of field: String, lead: Int) -> Any? {
        if let text = written[lead]?[field] { return text }
        switch field {
        case "id": return lead
        case "email": return lead % 7 == 0 ? nil : "Lead.\(lead)@example.com"
        case "firstName": return lead % 5 == 0 ? "=Zoë" : "Ann, \"A\""
        case "lastName": return "Müller \(lead)\nJr."
        case "company": return lead % 3 == 0 ? nil : "Firm \(lead % 100)"
        case "leadScore": return lead % 50
        case "preferredLanguage": return "DE"
        case "notes": return "\(lead) " + Self.notes
        default: return nil
        }
    }
}
