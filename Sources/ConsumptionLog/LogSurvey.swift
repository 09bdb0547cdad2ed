import Consumption
import LinkToken

/// One reading of a log and one verdict on it, for checking, opening and repairing alike.
struct LogSurvey {
    private(set) var report: LogReport
    private(set) var ending = LogScan.Ending()
    private var table = LinkTable()

    /// Takes what a repaired log consists of, event by event.
    typealias Keeper = (LinkEvent) throws(ConsumptionError) -> Void

    /// Reads a log whose header is sound.
    ///
    /// - Parameter synced: how many records are known to have been synced, for a log of which only those are to be read.
    init(_ scan: LogScan, upTo synced: UInt64? = nil) throws(ConsumptionError) {
        report = LogReport(path: scan.file.path)
        try read(scan, upTo: synced, takesTail: false) { _ in }
    }

    /// Reads what can be read, if need be by the copy of the header.
    init(ofWhateverIsThere file: any StorageFile) throws(ConsumptionError) {
        try self.init(file, takesTail: false) { _ in }
    }

    /// Reads what can be read, and hands over what a repaired log consists of.
    init(repairing file: any StorageFile, _ keep: Keeper) throws(ConsumptionError) {
        try self.init(file, takesTail: true, keep)
    }

    private init(_ file: any StorageFile, takesTail: Bool, _ keep: Keeper) throws(ConsumptionError) {
        report = LogReport(path: file.path)
        let scan: LogScan
        do {
            scan = try LogScan(file)
        } catch .headerDamaged(let path, copyIsSound: true) {
            guard let copied = try LogScan(byHeaderCopyOf: file) else {
                throw .headerDamaged(path: path, copyIsSound: false)
            }
            scan = copied
            report.usedHeaderCopy = true
        }
        try read(scan, upTo: nil, takesTail: takesTail, keep)
    }

    /// The state of the links.
    ///
    /// - Throws: `ConsumptionError.damaged(path:_:)` with the first damage.
    func soundTable() throws(ConsumptionError) -> LinkTable {
        if let damage = report.damages.first { throw .damaged(path: report.path, damage) }
        return table
    }

    private mutating func read(
        _ scan: LogScan, upTo synced: UInt64?, takesTail: Bool, _ keep: Keeper
    ) throws(ConsumptionError) {
        var (report, table) = (report, table)
        var tail: [(LinkEvent, UInt64)] = []
        func note(_ damage: Damage) {
            if let nonce = damage.nonce {
                if damage.reason == .startMissing {
                    report.linksWithoutStart.append(nonce)
                } else {
                    report.dropped.append(damage)
                }
            }
        }
        func take(_ record: LinkEvent) throws(ConsumptionError) -> Damage.Reason? {
            let reason = table.apply(record)
            if reason == .startMissing {
                try keep(LinkEvent(nonce: record.nonce, kind: .started, time: record.time))
            }
            if reason != .contradiction { try keep(record) }
            return reason
        }
        ending = try scan.run(
            upTo: synced,
            onDamage: { (damage) in
                report.damageCount += 1
                if report.damages.count < 100 { report.damages.append(damage) }
                note(damage)
            },
            onTail: { (record, index) in tail.append((record, index)) },
            { (record) throws(ConsumptionError) in
                let reason = try take(record)
                if reason != .contradiction { report.records += 1 }
                return reason
            }
        )
        report.tornBytes = ending.tornBytes
        report.tornRecords = tail.count
        report.counts = table.counts
        report.distributions = table.distributionCount
        if takesTail {
            for (record, index) in tail {
                if let reason = try take(record) { note(Damage(at: index, reason, of: record.nonce)) }
            }
        }
        (self.report, self.table) = (report, table)
    }
}
