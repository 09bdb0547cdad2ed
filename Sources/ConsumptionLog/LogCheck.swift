import Consumption
import LinkToken

/// What a log holds, and what is wrong with it.
public struct LogReport: Hashable, Sendable {
    public let path: String
    /// Events that can be read and make sense, without those of a torn tail.
    public internal(set) var records: UInt64 = 0
    public internal(set) var counts = ConsumptionCounts()
    /// Distributions of which a link was used.
    public internal(set) var distributions = 0
    /// Bytes behind the last event that a crash left, which were never acknowledged. Opening drops them.
    public internal(set) var tornBytes: UInt64 = 0
    /// Events among those bytes that can be read. A repair keeps them, since nobody can tell a crash from later damage
    /// to the last batch.
    public internal(set) var tornRecords = 0
    /// Whether the header had to be read from its copy.
    public internal(set) var usedHeaderCopy = false
    /// How many places are damaged.
    public internal(set) var damageCount = 0
    /// The first hundred of them.
    public internal(set) var damages: [Damage] = []
    /// Links whose finish can be read and whose start can't. A repair keeps them used, as started when they were finished.
    public internal(set) var linksWithoutStart: [Nonce] = []
    /// Every record that can be read and that a repair drops nevertheless.
    public internal(set) var dropped: [Damage] = []

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
    /// - Throws: `ConsumptionError.missing(path:)`, `ConsumptionError.notALog(path:)`,
    ///   `ConsumptionError.unknownVersion(path:version:)`, `ConsumptionError.headerDamaged(path:copyIsSound:)` if
    ///   the copy is damaged, too, or `ConsumptionError.system(_:)`.
    public static func check(at path: String) throws(ConsumptionError) -> LogReport {
        try check(at: path, in: SystemFileSystem())
    }

    package static func check(
        at path: String, in fileSystem: any FileSystem
    ) throws(ConsumptionError) -> LogReport {
        let file: any StorageFile
        do { file = try fileSystem.open(path, .reading) } catch { throw ConsumptionError(error, opening: path) }
        defer { file.close() }
        return try LogSurvey(ofWhateverIsThere: file).report
    }
}
