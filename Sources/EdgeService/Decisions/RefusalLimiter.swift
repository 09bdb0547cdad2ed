import Synchronization

/// Slows clients down that send links which are none: guessing a signature is hopeless, but checking one costs 100 µs.
///
/// Each address may be refused ``burst`` times at once and ``perSecond`` times a second from then on. What is forgotten
/// first when memory is full is the address that was refused longest ago, so a flood from many addresses costs a bounded
/// amount of memory and pardons only its own. Links that expired or were used do not count: people open them again.
final class RefusalLimiter: Sendable {
    static let burst = 100.0
    static let perSecond = 1.0

    private struct Debt {
        var amount: Double
        /// Seconds of a clock that only goes forward.
        var since: Double

        func amount(at now: Double) -> Double { max(0, amount - (now - since) * RefusalLimiter.perSecond) }
    }

    private struct Shard {
        var young: [ClientAddress: Debt] = [:]
        var old: [ClientAddress: Debt] = [:]
    }

    private final class LockedShard: Sendable {
        let locked = Mutex(Shard())
    }

    private let shards: [LockedShard]
    private let halfCount: Int

    /// - Parameter capacity: the number of addresses that are remembered, about 100 bytes each.
    init(capacity: Int = 1 << 16, shardCount: Int = 8) {
        shards = (0..<shardCount).map { _ in LockedShard() }
        halfCount = max(1, capacity / shardCount / 2)
    }

    private func shard(of address: ClientAddress) -> LockedShard {
        shards[Int(UInt(bitPattern: address.hashValue) % UInt(shards.count))]
    }

    /// Seconds until the address is listened to again, or nil when it is.
    func wait(for address: ClientAddress, at now: Double) -> Int? {
        let debt = shard(of: address).locked.withLock { (shard) in
            (shard.young[address] ?? shard.old[address])?.amount(at: now) ?? 0
        }
        guard debt > Self.burst - 1 else { return nil }
        return max(1, Int(((debt - Self.burst + 1) / Self.perSecond).rounded(.up)))
    }

    /// Counts a refusal.
    func add(_ address: ClientAddress, at now: Double) {
        shard(of: address).locked.withLock { (shard) in
            let debt = (shard.young[address] ?? shard.old.removeValue(forKey: address))?.amount(at: now) ?? 0
            if shard.young[address] == nil, shard.young.count >= halfCount {
                shard.old = shard.young
                shard.young = [:]
            }
            shard.young[address] = Debt(amount: min(debt + 1, Self.burst), since: now)
        }
    }

    /// How many addresses are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.locked.withLock { $0.young.count + $0.old.count } } }
}
