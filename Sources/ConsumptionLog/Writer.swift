import Consumption

/// The one thread that writes. It sleeps until it is woken, then writes batch after batch while there is one. Once a second
/// it looks whether the file is still in its place, where no batch made it look.
///
/// A thread of its own, since a sync blocks for as long as the disk takes, and a blocked thread of the cooperative pool
/// is one less for everyone else.
final class Writer: Sendable {
    let ledger: Locked<Ledger>
    let measurements: Locked<Measurements>
    private let bell = Bell()
    private let interlude = Locked(Interlude?.none)
    private let closing = Locked(Closing())

    struct Measurements {
        /// The file that is written, and how many of its records are durable.
        var log: LogID
        var records: UInt64
        var batchSizes = Histogram(bounds: (0...16).map { Double(1 << $0) })
        /// Seconds, from a disk with a cache that power losses spare to one that stalls.
        var syncTimes = Histogram(
            bounds: [
                0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
            ])
    }

    private struct Closing {
        var isDone = false
        var waiters: [UnsafeContinuation<Void, Never>] = []
    }

    private init(_ table: sending LinkTable, _ measurements: Measurements) {
        ledger = Locked(Ledger(table: table))
        self.measurements = Locked(measurements)
    }

    static func start(_ journal: Journal, _ table: sending LinkTable) -> Writer {
        let writer = Writer(table, Measurements(log: journal.header.id, records: journal.records))
        spawnThread { writer.run(journal) }
        return writer
    }

    func wake() {
        bell.ring()
    }

    /// Returns when everything accepted is written and the file is closed.
    func close() async {
        requestClosing()
        await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            let isDone = closing.withLock { closing in
                if !closing.isDone { closing.waiters.append(waiter) }
                return closing.isDone
            }
            if isDone { waiter.resume() }
        }
    }

    func requestClosing() {
        ledger.withLock { $0.startClosing() }
        wake()
    }

    /// Has the work done between two batches, on the journal that no one else touches then, and waits for it. Blocks, and
    /// is therefore for a thread of its own, one at a time.
    ///
    /// - Parameter work: returns a failure that changed nothing, and throws one that the log can't go on after.
    func perform(
        _ work: @escaping @Sendable (inout Journal) throws(ConsumptionError) -> Result<Void, ConsumptionError>
    ) throws(ConsumptionError) {
        let item = Interlude(work)
        try interlude.withLock { (slot) throws(ConsumptionError) in
            if closing.withLock({ $0.isDone }) { throw ledger.withLock { $0.refusal } }
            slot = item
        }
        wake()
        try item.wait()
    }

    // MARK: The thread

    private func run(_ opened: Journal) {
        var journal = opened
        var batch = Batch()
        do throws(ConsumptionError) {
            while true {
                do throws(ConsumptionError) {
                    try serve(&journal, &batch)
                    break
                } catch .outOfSpace(let failure) {
                    guard try awaitRoom(.outOfSpace(failure), &journal, &batch) else { break }
                }
            }
            end(.closed, &batch)
            journal.close()
        } catch {
            end(error, &batch)
            // Left as it is: what the file holds is for recovery to judge.
            journal.file.close()
        }
        let waiters = closing.withLock { closing in
            closing.isDone = true
            return exchange(&closing.waiters, with: [])
        }
        for waiter in waiters { waiter.resume() }
        interlude.withLock { $0.take() }?.finish(.failure(ledger.withLock { $0.refusal }))
    }

    /// Returns when the log is closed.
    private func serve(_ journal: inout Journal, _ batch: inout Batch) throws(ConsumptionError) {
        while true {
            if let item = interlude.withLock({ $0.take() }) { try item.run(on: &journal) }
            switch ledger.withLock({ $0.take(&batch) }) {
            case .batch: try write(&batch, to: &journal)
            case .nothing: if !bell.wait(seconds: 1) { try journal.checkPlace() }
            case .closed: return
            }
        }
    }

    private func write(_ batch: inout Batch, to journal: inout Journal) throws(ConsumptionError) {
        let start = ContinuousClock.now
        try journal.append(batch.records)
        let duration = ContinuousClock.now - start
        let (size, records) = (batch.records.count, journal.records)
        if size > 0 {
            measurements.withLock {
                $0.records = records
                $0.batchSizes.add(Double(size))
                $0.syncTimes.add(duration / .seconds(1))
            }
        }
        ledger.withLock { $0.confirm(&batch) }
        for waiter in batch.waiters { waiter.resume(returning: nil) }
        batch.removeAll()
    }

    /// Tells everyone that the disk is full, and tries once a second whether it still is.
    ///
    /// - Returns: true when the log records again, or false if it was closed.
    /// - Throws: what is final.
    private func awaitRoom(
        _ lack: ConsumptionError, _ journal: inout Journal, _ batch: inout Batch
    ) throws(ConsumptionError) -> Bool {
        guard let waiters = ledger.withLock({ $0.suspend(lack) }) else { throw lack }
        resume(&batch, waiters, with: lack)
        while ledger.withLock({ $0.isSuspended }) {
            if bell.wait(seconds: 1) {
                interlude.withLock { $0.take() }?.finish(.failure(lack))
                continue
            }
            do throws(ConsumptionError) {
                return ledger.withLock(moving: try journal.reclaim()) { $0.resume(with: $1) }
            } catch .outOfSpace {}
        }
        return false
    }

    private func end(_ error: ConsumptionError, _ batch: inout Batch) {
        resume(&batch, ledger.withLock { $0.end(error) }, with: error)
    }

    private func resume(_ batch: inout Batch, _ waiters: [Ledger.Waiter], with error: ConsumptionError) {
        for waiter in batch.waiters + waiters { waiter.resume(returning: error) }
        batch.removeAll()
    }
}

/// Work that another thread waits for.
private final class Interlude: Sendable {
    private let work: @Sendable (inout Journal) throws(ConsumptionError) -> Result<Void, ConsumptionError>
    private let outcome = Locked(Result<Void, ConsumptionError>?.none)
    private let done = Bell()

    init(_ work: @escaping @Sendable (inout Journal) throws(ConsumptionError) -> Result<Void, ConsumptionError>) {
        self.work = work
    }

    func run(on journal: inout Journal) throws(ConsumptionError) {
        do throws(ConsumptionError) {
            finish(try work(&journal))
        } catch {
            finish(.failure(error))
            throw error
        }
    }

    func finish(_ result: Result<Void, ConsumptionError>) {
        outcome.withLock { $0 = result }
        done.ring()
    }

    func wait() throws(ConsumptionError) {
        done.wait()
        try outcome.withLock { $0! }.get()
    }
}
