import CBuildInfo

/// Which linkseal this is.
public struct BuildInfo: Hashable, Sendable {
    public let version: String
    /// The commit it was built from; `unknown` where the build was not told.
    public let commit: String
    /// The package traits that it was built with, in alphabetical order.
    public let traits: [String]

    #if PostgreSQL
        private static let postgreSQL = ["PostgreSQL"]
    #else
        private static let postgreSQL: [String] = []
    #endif
    #if Spreadsheets
        private static let spreadsheets = ["Spreadsheets"]
    #else
        private static let spreadsheets: [String] = []
    #endif

    /// Of this program.
    public static let current = BuildInfo(
        version: "0.1.0-dev", commit: String(cString: linkseal_commit()), traits: postgreSQL + spreadsheets)
}

extension BuildInfo: CustomStringConvertible {
    /// `0.1.0 (commit 1a2b3c4d, with PostgreSQL, Spreadsheets)`.
    public var description: String {
        "\(version) (commit \(commit)\(traits.isEmpty ? "" : ", with \(traits.joined(separator: ", "))"))"
    }
}

extension BuildInfo {
    /// A gauge that is always 1, whose labels can be joined with other metrics, as Prometheus itself has it.
    func add(to report: inout PrometheusText) {
        report.family("linkseal_build_info", "gauge", "Which linkseal this is, as labels; always 1.")
        report.sample(
            "linkseal_build_info",
            [("version", version), ("commit", commit), ("postgresql", String(traits.contains("PostgreSQL")))], 1)
    }
}
