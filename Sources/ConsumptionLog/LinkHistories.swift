import LinkToken

/// What is known of the use of links of any distributions: what the events of a log came to, or what a log is to be told.
///
/// ```swift
/// var histories = LinkHistories()
/// histories.add(LinkHistory(startedAt: start, finishedAt: finish), of: nonce)
/// let report = try await ConsumptionLog.takeOver(histories, intoLogAt: "linkseal-data/consumption.log")
/// ```
///
/// It takes 9 bytes per serial, in pages of 1,024.
public struct LinkHistories: Sendable {
    /// Events that it was made from.
    public private(set) var records = 0
    package private(set) var histories: [DistributionID: ConsumptionHistory] = [:]
    /// Every reset, in the order of the log.
    package private(set) var resets: [Reset] = []

    package struct Reset: Sendable {
        package let nonce: Nonce
        /// What the reset undid.
        package let history: LinkHistory
        package let time: UnixTime
    }

    /// Nothing was used.
    public init() {}

    /// Reads a log, which may be in use.
    public init(ofLogAt path: String) throws(ConsumptionError) {
        try self.init(LogReader(path: path))
    }

    /// - Parameter distributions: nil for all.
    package init(_ reader: LogReader, of distributions: Set<DistributionID>? = nil) throws(ConsumptionError) {
        var read = LinkHistories()
        try reader.run { (record) in
            distributions?.contains(record.nonce.distribution) == false || read.apply(record) ? nil : .contradiction
        }
        self = read
    }

    /// How many links were used.
    public var links: Int { histories.values.reduce(0) { $0 + $1.counts.started } }

    /// Takes in what is known of a link. Of two accounts of it the earlier start and the earlier finish count.
    public mutating func add(_ history: LinkHistory, of nonce: Nonce) {
        for record in history.records(of: nonce) { _ = apply(record) }
    }

    /// Writes a new log with these links.
    ///
    /// - Throws: ``ConsumptionError/alreadyExists(path:)``, ``ConsumptionError/readOnly(path:)`` or
    ///   ``ConsumptionError/system(_:)``. No new file is left behind then.
    public func writeLog(to path: String) throws(ConsumptionError) {
        let fileSystem = SystemFileSystem()
        do throws(SystemFailure) {
            if try fileSystem.exists(path) { throw SystemFailure("create", path, errno: SystemFailure.fileExists) }
            try LogDraft.write(path, id: .random(), in: fileSystem) { (journal) throws(SystemFailure) in
                try journal.write { (append) in
                    forEachLink { (nonce, history) in history.records(of: nonce).forEach(append) }
                }
            }
        } catch {
            throw ConsumptionError(error, creating: path)
        }
    }

    private mutating func apply(_ record: LogRecord) -> Bool {
        records += 1
        let (id, serial) = (record.nonce.distribution, record.nonce.serial)
        if record.event == .reset, let history = histories[id]?[serial] {
            resets.append(Reset(nonce: record.nonce, history: history, time: record.time))
        }
        return histories[id, default: ConsumptionHistory()].apply(record)
    }

    /// In the order of distributions and serials.
    private func forEachLink(_ body: (Nonce, LinkHistory) -> Void) {
        for (id, history) in histories.sorted(by: { $0.key < $1.key }) {
            history.forEachLink { body(Nonce(distribution: id, serial: $0), $1) }
        }
    }
}

extension LinkHistories {
    /// A link of which another log knows more.
    struct News: Sendable {
        let nonce: Nonce
        let known: LinkHistory?
        let told: LinkHistory
    }

    /// The links of which the other knows a start or a finish that is missing or later here.
    ///
    /// A use that began no later than the last reset of its link here was undone by it, and is not brought back.
    func news(in other: LinkHistories) -> [News] {
        let lastResets = Dictionary(resets.map { ($0.nonce, $0.time) }, uniquingKeysWith: max)
        var news: [News] = []
        other.forEachLink { (nonce, told) in
            if let reset = lastResets[nonce], told.startedAt <= reset { return }
            let known = histories[nonce.distribution]?[nonce.serial]
            guard !told.records(of: nonce, beyond: known).isEmpty else { return }
            news.append(News(nonce: nonce, known: known, told: told))
        }
        return news
    }
}
