import LinkToken

/// What the events of a log came to.
struct Snapshot {
    private var histories: [DistributionID: ConsumptionHistory] = [:]
    /// The last reset of each link that was reset, and what it undid: administrative acts stay on record.
    private var resets: [Nonce: Reset] = [:]

    private struct Reset {
        var undone: LinkHistory
        var time: UnixTime
    }

    private(set) var ending = LogScan.Ending()

    init(_ scan: LogScan, upTo records: UInt64, path: String) throws(ConsumptionError) {
        ending = try scan.run(
            upTo: records,
            onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) },
            { (record) throws(ConsumptionError) in apply(record) ? nil : .contradiction }
        )
    }

    private mutating func apply(_ record: LogRecord) -> Bool {
        let nonce = record.nonce
        if record.event == .reset, let history = histories[nonce.distribution]?[nonce.serial] {
            resets[nonce] = Reset(undone: history, time: record.time)
        }
        return histories[nonce.distribution, default: ConsumptionHistory()]
            .apply(record)
    }

    func write(to journal: inout Journal) throws(SystemFailure) {
        let byNonce = resets.sorted { ($0.key.distribution, $0.key.serial) < ($1.key.distribution, $1.key.serial) }
        try journal.write { (append) in
            for (nonce, reset) in byNonce {
                reset.undone.records(of: nonce).forEach(append)
                append(LogRecord(nonce: nonce, event: .reset, time: reset.time))
            }
            for (id, history) in histories.sorted(by: { $0.key < $1.key }) {
                history.forEachLink { serial, link in
                    link.records(of: Nonce(distribution: id, serial: serial)).forEach(append)
                }
            }
        }
    }
}
