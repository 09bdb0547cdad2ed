import Consumption
import LinkToken

/// The state of every link that was ever used, per distribution: what serving needs, in 4 bytes per serial, where the whole
/// history of a link takes 9.
struct LinkTable {
    private var distributions: [DistributionID: DistributionLinks] = [:]
    /// Events of one distribution come in runs, so the last one found is worth keeping.
    private var recent: DistributionLinks?

    var distributionCount: Int { distributions.count }
    /// The counts of all distributions together.
    var counts: ConsumptionCounts {
        distributions.values.reduce(ConsumptionCounts()) { $0 + $1.counts }
    }
    /// The bytes that the words take.
    var pageBytes: Int { distributions.values.reduce(0) { $0 + $1.pageCount } * LinkPage.bytes }

    mutating func find(_ id: DistributionID) -> DistributionLinks? {
        if let recent, recent.id == id { return recent }
        guard let found = distributions[id] else { return nil }
        recent = found
        return found
    }

    mutating func findOrAdd(_ id: DistributionID) -> DistributionLinks {
        if let found = find(id) { return found }
        let added = DistributionLinks(id: id)
        distributions[id] = added
        recent = added
        return added
    }

    /// Takes in the next event of a log.
    ///
    /// - Returns: why it can't follow what came before, or nil.
    mutating func apply(_ event: LinkEvent) -> Damage.Reason? {
        let links = findOrAdd(event.nonce.distribution)
        return links.apply(event, in: links.findOrAddPage(of: event.nonce.serial))
    }
}

/// The links of one distribution that were used, and their numbers.
final class DistributionLinks {
    let id: DistributionID
    private(set) var counts = ConsumptionCounts()
    /// The last batch that holds an event of this distribution.
    var lastBatch: UInt64 = 0
    private var pages: [UInt32: LinkPage] = [:]
    private var recent: LinkPage?

    init(id: DistributionID) {
        self.id = id
    }

    var pageCount: Int { pages.count }

    func findPage(of serial: Serial) -> LinkPage? {
        let number = serial.rawValue >> LinkPage.bits
        if let recent, recent.number == number { return recent }
        guard let found = pages[number] else { return nil }
        recent = found
        return found
    }

    func findOrAddPage(of serial: Serial) -> LinkPage {
        if let found = findPage(of: serial) { return found }
        let added = LinkPage(number: serial.rawValue >> LinkPage.bits)
        pages[added.number] = added
        recent = added
        return added
    }

    /// Takes an event into the words and the counts.
    ///
    /// - Returns: why it can't follow what came before, or nil.
    @inline(__always)
    func apply(_ event: LinkEvent, in page: LinkPage) -> Damage.Reason? {
        let before = page[event.nonce.serial].history
        var after = before
        let reason = after.apply(event)
        page[event.nonce.serial] = LinkWord(after)
        counts.replace(before, by: after)
        return reason
    }
}

/// The words of 1,024 neighbouring serials.
final class LinkPage {
    static let bits: UInt32 = 10
    static let count = 1 << Int(bits)
    static let bytes = count * MemoryLayout<UInt32>.size

    let number: UInt32
    /// The last batch that holds an event of this page: until it is durable, answers from the page wait for it.
    var lastBatch: UInt64 = 0
    private let words: UnsafeMutablePointer<UInt32>

    init(number: UInt32) {
        self.number = number
        words = .allocate(capacity: Self.count)
        words.initialize(repeating: 0, count: Self.count)
    }

    deinit {
        words.deallocate()
    }

    @inline(__always)
    subscript(serial: Serial) -> LinkWord {
        get { LinkWord(rawValue: words[Int(serial.rawValue) & (Self.count - 1)]) }
        set { words[Int(serial.rawValue) & (Self.count - 1)] = newValue.rawValue }
    }
}
