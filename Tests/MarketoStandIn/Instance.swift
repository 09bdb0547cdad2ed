import Synchronization

/// A Marketo instance: its static lists, its leads, who may call it, and what of that goes wrong.
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
    /// Names of fields that there are, besides the standard ones.
    public var customFields: Set<String> = ["company", "leadScore", "surveyLink", "preferredLanguage"]
    /// What was written into fields.
    public var written: [Int: [String: String]] = [:]
    /// Leads that there are not, although they are in lists or someone writes to them.
    public var missingLeads: Set<Int> = []
    public var hasReadPermission = true
    public var hasWritePermission = true

    /// Seconds that a token lasts.
    public var tokenLifetime = 3600.0
    /// Calls that the day has left.
    public var quota = Int.max
    /// What goes wrong with the next calls of leads and lists, one each.
    public var faults: [Fault] = []
    /// How often something goes wrong by chance.
    public var faultRate = 0.0
    /// How often a page begins with the last lead of the one before, as when a list changes in between.
    public var repeatRate = 0.0

    /// Paths that were called, without the query.
    public internal(set) var calls: [String] = []
    public internal(set) var tokensMade = 0
    /// The most leads that one call sent.
    public internal(set) var largestUpdate = 0

    var random: SplitMix64
    var token: (text: String, expiresAt: Double)?

    public init(lists: [List], seed: UInt64 = 1) {
        self.lists = lists
        random = SplitMix64(state: seed)
    }

    mutating func nextFault() -> Fault? {
        if !faults.isEmpty { return faults.removeFirst() }
        guard faultRate > 0, Double.random(in: 0..<1, using: &random) < faultRate else { return nil }
        return Fault.usual.randomElement(using: &random)
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
        default: return nil
        }
    }
}
