import LinkToken

/// What the events of links of any distributions came to: what a log holds, or what a log is to be told.
///
/// ```swift
/// var histories = LinkHistories()
/// histories.add(LinkHistory(startedAt: start, finishedAt: finish), of: nonce)
/// let report = try await ConsumptionLog.takeOver(histories, intoLogAt: "linkseal-data/consumption.log")
/// ```
public struct LinkHistories: Sendable {
    /// Events that it was made from.
    public private(set) var events = 0
    public private(set) var distributions: [DistributionID: DistributionHistory] = [:]
    /// Every reset, in the order of the log.
    package private(set) var resets: [Reset] = []

    package struct Reset: Sendable {
        package let nonce: Nonce
        /// What the reset undid. A reopening may have nothing to undo.
        package let undone: LinkHistory?
        package let time: UnixTime
        /// ``LinkEvent/Kind/reset`` or ``LinkEvent/Kind/reopened``.
        package let kind: LinkEvent.Kind

        package init(of nonce: Nonce, undone: LinkHistory?, time: UnixTime, kind: LinkEvent.Kind) {
            (self.nonce, self.undone, self.time, self.kind) = (nonce, undone, time, kind)
        }

        /// Whether a use that began then no longer counts.
        func undoes(startAt start: UnixTime) -> Bool { kind == .reopened ? start < time : start <= time }

        /// What was recorded of the link up to the reset, and the reset.
        package var events: [LinkEvent] {
            (undone?.events(of: nonce) ?? []) + [LinkEvent(nonce: nonce, kind: kind, time: time)]
        }
    }

    /// Nothing was used.
    public init() {}

    /// How many links were used.
    public var links: Int { distributions.values.reduce(0) { $0 + $1.counts.started } }

    package subscript(nonce: Nonce) -> LinkHistory? { distributions[nonce.distribution]?[nonce.serial] }

    /// Takes in what is known of a link. Of two accounts of it the earlier start and the earlier finish count.
    public mutating func add(_ history: LinkHistory, of nonce: Nonce) {
        events += history.finishedAt == nil ? 1 : 2
        distributions[nonce.distribution, default: DistributionHistory()].merge(history, at: nonce.serial)
    }

    /// Takes in the next event.
    ///
    /// - Returns: why it can't follow what came before, or nil.
    package mutating func apply(_ event: LinkEvent) -> Damage.Reason? {
        events += 1
        if event.kind == .reset || event.kind == .reopened {
            var known = self[event.nonce]
            if event.kind == .reopened, known?.counting(sinceReopeningAt: event.time) != nil { known = nil }
            if event.kind == .reopened || known != nil {
                resets.append(Reset(of: event.nonce, undone: known, time: event.time, kind: event.kind))
            }
        }
        return distributions[event.nonce.distribution, default: DistributionHistory()].apply(event)
    }

    /// The events that come to the same: the last reset of each link that was reset and what it undid, then one start and,
    /// if there was one, one finish per link, in the order of distributions and serials.
    package func forEachEvent<Failure: Error>(
        _ body: (LinkEvent) throws(Failure) -> Void
    ) throws(Failure) {
        let lastResets = Dictionary(resets.map { ($0.nonce, $0) }, uniquingKeysWith: { $1 })
        let byNonce = lastResets.sorted { ($0.key.distribution, $0.key.serial) < ($1.key.distribution, $1.key.serial) }
        for (_, reset) in byNonce {
            for event in reset.events { try body(event) }
        }
        for (id, history) in distributions.sorted(by: { $0.key < $1.key }) {
            try history.forEachLink { (serial, link) throws(Failure) in
                for event in link.events(of: Nonce(distribution: id, serial: serial)) { try body(event) }
            }
        }
    }
}

extension LinkHistories {
    /// A link of which another log knows more.
    package struct News: Sendable {
        package let nonce: Nonce
        package let known: LinkHistory?
        package let told: LinkHistory

        package init(of nonce: Nonce, known: LinkHistory?, told: LinkHistory) {
            (self.nonce, self.known, self.told) = (nonce, known, told)
        }
    }

    /// The links of which the other knows a start or a finish that is missing or later here.
    ///
    /// A use that the last reset or reopening of its link here undid, or would have undone, is not brought back.
    package func news(in other: LinkHistories) -> [News] {
        let lastResets = Dictionary(resets.map { ($0.nonce, $0) }, uniquingKeysWith: { $0.time > $1.time ? $0 : $1 })
        var news: [News] = []
        for (id, history) in other.distributions.sorted(by: { $0.key < $1.key }) {
            history.forEachLink { (serial, told) in
                let nonce = Nonce(distribution: id, serial: serial)
                if lastResets[nonce]?.undoes(startAt: told.startedAt) == true { return }
                let known = self[nonce]
                guard !told.events(of: nonce, beyond: known).isEmpty else { return }
                news.append(News(of: nonce, known: known, told: told))
            }
        }
        return news
    }

    /// Whether each link that the other knows to be started or finished is known here to have been.
    package func covers(_ other: LinkHistories) -> Bool {
        for (id, history) in other.distributions {
            var isCovered = true
            history.forEachLink { (serial, link) in
                let mine = distributions[id]?[serial]
                if mine == nil || link.finishedAt != nil && mine?.finishedAt == nil { isCovered = false }
            }
            if !isCovered { return false }
        }
        return true
    }
}

/// What taking histories over into a store did.
public struct TakeOverReport: Hashable, Sendable {
    /// Events that were read.
    public let events: Int
    /// Links that were used, as far as what is taken over knows.
    public let links: Int
    /// Links that the store did not know.
    public package(set) var added = 0
    /// Links that the store knew without their finish, or with a later start or finish.
    public package(set) var changed = 0

    /// - Parameter histories: what is taken over.
    package init(of histories: LinkHistories = LinkHistories()) {
        (events, links) = (histories.events, histories.links)
    }
}
