import LinkToken

/// What a log holds, and what is wrong with it.
public struct LogReport: Hashable, Sendable {
    public let path: String
    /// Events that can be read and make sense.
    public internal(set) var records: UInt64 = 0
    public internal(set) var counts = ConsumptionCounts()
    /// Distributions of which a link was used.
    public internal(set) var distributions = 0
    /// What a crash left at the end, never acknowledged and dropped when the log is opened.
    public internal(set) var tornBytes: UInt64 = 0
    /// Whether the header had to be read from its copy.
    public internal(set) var usedHeaderCopy = false
    /// How many places are damaged.
    public internal(set) var damageCount = 0
    /// The first hundred of them.
    public internal(set) var damages: [Damage] = []

    /// Whether the log can be opened and nothing acknowledged is lost as far as the file can tell.
    public var isSound: Bool { damageCount == 0 && !usedHeaderCopy }

    init(path: String) {
        self.path = path
    }
}

extension ConsumptionLog {
    /// Reads a log to its end and reports, without locking or changing it.
    ///
    /// Damage is reported and not thrown. A log in use can be checked too; what is being written then counts as torn.
    ///
    /// - Throws: ``ConsumptionError/missing(path:)``, ``ConsumptionError/notALog(path:)``,
    ///   ``ConsumptionError/unknownVersion(path:version:)``, ``ConsumptionError/headerDamaged(path:copyIsSound:)`` if
    ///   the copy is damaged, too, or ``ConsumptionError/system(_:)``.
    public static func check(at path: String) throws(ConsumptionError) -> LogReport {
        let file: any StorageFile
        do { file = try SystemFileSystem().open(path, .reading) } catch { throw ConsumptionError(error, opening: path) }
        defer { file.close() }
        return try LogSurvey.run(file) { (_) throws(ConsumptionError) in }
    }
}

/// Reads whatever can be read.
enum LogSurvey {
    /// Hands over every record that can be read and does not contradict the ones before it, wherever it stands.
    static func run(
        _ file: any StorageFile,
        _ body: (LogRecord) throws(ConsumptionError) -> Void
    ) throws(ConsumptionError) -> LogReport {
        var report = LogReport(path: file.path)
        var table = LinkTable()
        let scan = try openScan(file, &report)
        let ending = try scan.run(
            stopAtTail: false,
            onDamage: { (damage) throws(ConsumptionError) in
                report.damageCount += 1
                if report.damages.count < 100 { report.damages.append(damage) }
            },
            { (record, _) throws(ConsumptionError) in
                guard table.replay(record) else { return false }
                report.records += 1
                try body(record)
                return true
            }
        )
        report.tornBytes = ending.tornBytes
        report.counts = table.counts
        report.distributions = table.distributionCount
        return report
    }

    private static func openScan(
        _ file: any StorageFile,
        _ report: inout LogReport
    ) throws(ConsumptionError) -> LogScan {
        do {
            return try LogScan(file)
        } catch .headerDamaged(_, copyIsSound: true) {
            let block: [UInt8]
            do { block = try file.readAll(at: 0, count: LogHeader.size) } catch { throw .system(error) }
            guard case .damaged(let copy?) = LogHeader.decode(block) else { return try LogScan(file) }
            report.usedHeaderCopy = true
            return LogScan(file, header: copy)
        }
    }
}
