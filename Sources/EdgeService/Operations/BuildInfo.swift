import CBuildInfo

/// Which linkseal this is.
public struct BuildInfo: Hashable, Sendable {
    public let version: String
    /// The commit it was built from; `unknown` where the build was not told.
    public let commit: String
    /// Whether it can use a store that edges on more than one machine share.
    public let hasPostgreSQL: Bool

    #if PostgreSQL
        private static let hasPostgreSQL = true
    #else
        private static let hasPostgreSQL = false
    #endif

    /// Of this program.
    public static let current = BuildInfo(
        version: "0.1.0-dev", commit: String(cString: linkseal_commit()), hasPostgreSQL: hasPostgreSQL)
}

extension BuildInfo: CustomStringConvertible {
    /// `0.1.0 (commit 1a2b3c4d, with PostgreSQL)`.
    public var description: String {
        "\(version) (commit \(commit), \(hasPostgreSQL ? "with" : "without") PostgreSQL)"
    }
}

extension BuildInfo {
    /// A gauge that is always 1, whose labels can be joined with other metrics, as Prometheus itself has it.
    func add(to report: inout PrometheusText) {
        report.family("linkseal_build_info", "gauge", "Which linkseal this is, as labels; always 1.")
        report.sample(
            "linkseal_build_info",
            [("version", version), ("commit", commit), ("postgresql", String(hasPostgreSQL))], 1)
    }
}
