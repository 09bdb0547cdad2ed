import HTTPServer
import LinkToken
import Synchronization

/// Slows clients down whose links fail the signature check: guessing a signature is hopeless, but checking one costs
/// about 100 µs.
///
/// A client may fail ``burst`` checks at once and ``perSecond`` per second from then on. Only links whose signature is not
/// known already are affected, so participants go on even if they share an address with an attacker. When memory is full,
/// the clients that failed longest ago are forgotten first: a flood from many addresses costs a bounded amount of memory
/// and pardons only its own.
final class ForgeryLimiter: Sendable {
    static let burst = 100.0
    static let perSecond = 1.0

    private struct Debt {
        var amount: Double
        /// Seconds of a clock that only goes forward.
        var since: Double

        func amount(at now: Double) -> Double { max(0, amount - (now - since) * ForgeryLimiter.perSecond) }
    }

    private final class LockedShard: Sendable {
        let locked: Mutex<GenerationalCache<ClientAddress, Debt>>

        init(capacity: Int) { locked = Mutex(GenerationalCache(capacity: capacity)) }
    }

    private let shards: [LockedShard]

    /// - Parameter capacity: the number of addresses that are remembered, about 100 bytes each.
    init(capacity: Int = 1 << 16, shardCount: Int = 8) {
        shards = (0..<shardCount).map { _ in LockedShard(capacity: capacity / shardCount) }
    }

    private func shard(of address: ClientAddress) -> LockedShard {
        shards[Int(UInt(bitPattern: address.hashValue) % UInt(shards.count))]
    }

    /// Takes what a failed check costs, before the check: many at once can't all be made on credit.
    ///
    /// - Returns: seconds until the client may have another signature checked, or nil when it may now.
    func take(_ address: ClientAddress, at now: Double) -> Int? {
        shard(of: address).locked.withLock { (debts) in
            let debt = debts.value(for: address)?.amount(at: now) ?? 0
            guard debt <= Self.burst - 1 else {
                return max(1, Int(((debt - Self.burst + 1) / Self.perSecond).rounded(.up)))
            }
            debts.insert(Debt(amount: debt + 1, since: now), for: address)
            return nil
        }
    }

    /// Gives back what was taken for a check that succeeded.
    func giveBack(_ address: ClientAddress, at now: Double) {
        shard(of: address).locked.withLock { (debts) in
            let debt = (debts.value(for: address)?.amount(at: now) ?? 0) - 1
            if debt > 0 {
                debts.insert(Debt(amount: debt, since: now), for: address)
            } else {
                debts.remove(address)
            }
        }
    }

    /// How many addresses are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.locked.withLock { $0.count } } }
}

/// Whether a client may have a signature checked now.
struct CheckPermit: Sendable {
    let limiter: ForgeryLimiter
    /// Nil for a client that is not limited.
    let client: ClientAddress?
    /// Seconds of a clock that only goes forward.
    let uptime: @Sendable () -> Double

    /// Makes the check unless the client has failed too many, and counts it if the signature is not valid.
    func checking<Value>(_ check: () throws(LinkRefusal) -> Value) throws(Refusal) -> Value {
        if let client, let seconds = limiter.take(client, at: uptime()) {
            throw Refusal(.rateLimited(seconds: seconds))
        }
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
