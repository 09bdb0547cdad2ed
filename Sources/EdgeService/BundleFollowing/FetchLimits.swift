import Trust

/// How much, and for how long, an edge takes from a source of bundles.
struct FetchLimits: Sendable {
    /// Of a bundle.
    var byteCount = VerifiedBundle.byteCountLimit
    /// Seconds until a response's head must be there.
    var headSeconds = 15
    /// Seconds for all of a response, however steadily it drips.
    var wholeSeconds = 120

    static let standard = FetchLimits()

    /// Seconds for a TCP connection and TLS to be there.
    static let connectSeconds = 5
    /// Seconds for which nothing at all may arrive.
    static let idleSeconds = 10
}
