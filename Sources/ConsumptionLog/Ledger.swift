import Consumption
import LinkToken

/// The decisions, one after another: the state of the links as of the last decision, and the batches that make it durable.
///
/// Answers are decided at once and given when the batch that they rest on is durable. Later decisions may rest on
/// earlier ones that are not durable yet, since batches reach the disk in order and a lost one takes all later ones along.
/// A value behind a lock, without a clock, a file or a thread.
struct Ledger {
    /// Resumed with nil once the batch is durable, else with why it will never be known.
    typealias Waiter = UnsafeContinuation<ConsumptionError?, Never>

    enum Phase {
        case accepting
        /// Nothing is accepted until there is room on the disk again.
        case suspended(ConsumptionError)
        case closing
        case ended(ConsumptionError)
    }

    /// What a caller gets from a decision and has to do with it, outside the lock.
    enum Step<Outcome: Sendable>: Sendable {
        /// The answer is durable already.
        case answer(Outcome)
        /// The answer is to be given when the waiter is resumed with nil.
        case wait(Outcome, wakesWriter: Bool)
        case fail(ConsumptionError)
    }

    private(set) var phase: Phase
    private var table: LinkTable
    /// What arrives while a batch is on its way to the disk.
    private var collecting = Batch()
    /// Full batches before it, oldest first.
    private var full: [Batch] = []
    private var collectingNumber: UInt64 = 1
    private var durableNumber: UInt64 = 0
    /// Who waits for the batch that is being written, beside those in it.
    private var lateWaiters: [Waiter] = []
    private var writerSleeps = false

    init(table: LinkTable, phase: Phase = .accepting) {
        self.table = table
        self.phase = phase
    }

    var distributionCount: Int { table.distributionCount }
    var pageBytes: Int { table.pageBytes }
    var failure: ConsumptionError? {
        if case .accepting = phase { return nil }
        return refusal
    }

    // MARK: Decisions

    /// Decides a verb on the nonce's state and records the event that it leads to.
    ///
    /// - Parameters:
    ///   - details: of a start.
    ///   - waiter: nil where the caller knows the batches, as a simulation does.
    mutating func decide<Outcome: Sendable>(
        _ nonce: Nonce,
        details: StartDetails = .unknown,
        waiter: Waiter?,
        by rule: (LinkState) -> Decision<Outcome>
    ) -> Step<Outcome> {
        guard case .accepting = phase else { return .fail(refusal) }
        let links = table.find(nonce.distribution)
        let page = links?.findPage(of: nonce.serial)
        let decision = rule(page?[nonce.serial].state ?? .unused)
        if let new = decision.record {
            // A crash may leave the reopening without the start: the link is unused then.
            if let time = new.reopenedAt { record(LinkEvent(nonce: nonce, kind: .reopened, time: time)) }
            record(LinkEvent(nonce: nonce, kind: new.event, time: new.time, details: details))
            return join(waiter, decision.outcome)
        }
        return wait(for: page?.lastBatch ?? 0, waiter, decision.outcome)
    }

    /// Takes over what another log knows of links, as far as it is still news.
    mutating func takeOver(_ links: ArraySlice<LinkHistories.News>, waiter: Waiter?) -> Step<TakeOverReport> {
        guard case .accepting = phase else { return .fail(refusal) }
        var report = TakeOverReport()
        for link in links {
            let page = table.find(link.nonce.distribution)?.findPage(of: link.nonce.serial)
            var known = page?[link.nonce.serial].history
            // One that was finished since the log was read was finished later than what it is told.
            if known?.finishedAt != nil, let finish = link.known?.finishedAt { known?.finishedAt = finish }
            let records = link.told.events(of: link.nonce, beyond: known)
            for new in records { record(new) }
            if known == nil { report.added += 1 } else if !records.isEmpty { report.changed += 1 }
        }
        return join(waiter, report)
    }

    /// The numbers of a distribution.
    mutating func counts(of distribution: DistributionID, waiter: Waiter?) -> Step<ConsumptionCounts> {
        guard case .accepting = phase else { return .fail(refusal) }
        guard let links = table.find(distribution) else { return .answer(ConsumptionCounts()) }
        return wait(for: links.lastBatch, waiter, links.counts)
    }

    private mutating func record(_ record: LinkEvent) {
        let links = table.findOrAdd(record.nonce.distribution)
        let page = links.findOrAddPage(of: record.nonce.serial)
        let contradiction = links.apply(record, in: page)
        precondition(contradiction == nil, "a decision led to an event that can't follow")
        if collecting.records.count == RecordCoding.largestBatch {
            full.append(collecting)
            collecting = Batch()
            collectingNumber += 1
        }
        collecting.records.append(record)
        links.lastBatch = collectingNumber
        page.lastBatch = collectingNumber
    }

    private mutating func wait<Outcome: Sendable>(for batch: UInt64, _ waiter: Waiter?, _ outcome: Outcome) -> Step<
        Outcome
    > {
        if batch <= durableNumber { return .answer(outcome) }
        if let waiter, batch == durableNumber + 1, batch < collectingNumber, full.isEmpty {
            lateWaiters.append(waiter)
            return .wait(outcome, wakesWriter: false)
        }
        return join(waiter, outcome)
    }

    /// Waits for the batch that collects, and so for all before it.
    private mutating func join<Outcome: Sendable>(_ waiter: Waiter?, _ outcome: Outcome) -> Step<Outcome> {
        if let waiter { collecting.waiters.append(waiter) }
        defer { writerSleeps = false }
        return .wait(outcome, wakesWriter: writerSleeps)
    }

    /// Why nothing is accepted.
    var refusal: ConsumptionError {
        switch phase {
        case .suspended(let error), .ended(let error): error
        case .accepting, .closing: .closed
        }
    }

    // MARK: Batches

    enum Taking {
        case batch
        /// The writer may sleep: the next decision says to wake it.
        case nothing
        /// Nothing will ever come again.
        case closed
    }

    /// Swaps the next batch with an empty one, whose room is used again.
    mutating func take(_ batch: inout Batch) -> Taking {
        assert(batch.isEmpty)
        if !full.isEmpty {
            batch = full.removeFirst()
            return .batch
        }
        if collecting.isEmpty {
            guard case .accepting = phase else { return .closed }
            writerSleeps = true
            return .nothing
        }
        swap(&batch, &collecting)
        collectingNumber += 1
        return .batch
    }

    /// The batch that was taken last is durable. Adds those who waited for it to its waiters, to be resumed.
    mutating func confirm(_ batch: inout Batch) {
        durableNumber += 1
        batch.waiters.append(contentsOf: lateWaiters)
        lateWaiters.removeAll(keepingCapacity: true)
    }

    /// Nothing will be made durable any more. Returns everyone who waits, to be resumed with the error.
    mutating func end(_ error: ConsumptionError) -> [Waiter] {
        if case .ended = phase { return [] }
        phase = .ended(error)
        return giveUp()
    }

    /// What was decided since the last durable batch will not be, and neither is anything new until ``resume(with:)``.
    /// Returns everyone who waits, to be resumed with the error, or nil if the log is being closed anyway.
    mutating func suspend(_ error: ConsumptionError) -> [Waiter]? {
        guard case .accepting = phase else { return nil }
        phase = .suspended(error)
        return giveUp()
    }

    /// Accepts again, on the state that is durable. False if the log was closed meanwhile.
    mutating func resume(with table: LinkTable) -> Bool {
        guard isSuspended else { return false }
        self = Ledger(table: table)
        return true
    }

    var isSuspended: Bool { if case .suspended = phase { true } else { false } }

    private mutating func giveUp() -> [Waiter] {
        let waiters = lateWaiters + full.flatMap(\.waiters) + collecting.waiters
        self = Ledger(table: LinkTable(), phase: phase)
        return waiters
    }

    /// Accepts nothing more; what was accepted is still written.
    mutating func startClosing() {
        switch phase {
        case .accepting: phase = .closing
        case .suspended: phase = .ended(.closed)
        case .closing, .ended: break
        }
    }
}

/// What one write and one sync make durable, and who waits for it.
struct Batch {
    var records: [LinkEvent] = []
    var waiters: [Ledger.Waiter] = []

    var isEmpty: Bool { records.isEmpty && waiters.isEmpty }

    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        waiters.removeAll(keepingCapacity: true)
    }
}
