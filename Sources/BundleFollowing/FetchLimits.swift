import Trust

/// How much, and for how long, an edge takes from a source of bundles.
struct FetchLimits: Sendable {
    /// Of a bundle.
    var byteCount = VerifiedBundle.byteCountLimit
    /// Seconds until a connection, TLS and a response's head must be there.
    var headSeconds = 15
    /// Seconds for all of a response, however steadily it drips.
    var wholeSeconds = 120

    static let standard = FetchLimits()
}
