import LinkToken

/// Whether a client may have a signature checked now.
struct CheckPermit: Sendable {
    let limiter: ForgeryLimiter
    /// Nil for a client that is not limited.
    let client: ClientAddress?
    /// Seconds of a clock that only goes forward.
    let uptime: @Sendable () -> Double

    /// Makes the check unless the client has failed too many, and counts it if the signature is not valid.
    func checking<Value>(_ check: () throws(LinkRefusal) -> Value) throws(Refusal) -> Value {
        if let client, let seconds = limiter.take(client, at: uptime()) { throw .rateLimited(seconds: seconds) }
        do {
            let value = try check()
            if let client { limiter.giveBack(client, at: uptime()) }
            return value
        } catch {
            if let client, error != .signature { limiter.giveBack(client, at: uptime()) }
            throw Refusal(error)
        }
    }
}
