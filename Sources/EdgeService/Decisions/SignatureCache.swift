import BundleFollowing
import Cryptography
import LinkToken
import Synchronization

/// Signatures that were found good under the bundle in force, so that the second and third verification of a link cost
/// a hash.
///
/// An entry holds for one bundle: keys, epochs and revocations can't have changed while that bundle is in force, and
/// the expiry is not part of it. Refusals are not kept, so forged tokens can't push good ones out.
///
/// Entries are found by the SHA-256 of a token's text: the text itself opens a survey and is not kept.
final class SignatureCache: Sendable {
    private struct Key: Hashable {
        let words: InlineWords

        struct InlineWords: Equatable {
            let a: UInt64
            let b: UInt64
            let c: UInt64
            let d: UInt64
        }

        /// One word is enough: each is a hash already.
        func hash(into hasher: inout Hasher) { hasher.combine(words.b) }

        init(_ text: String) {
            var text = text
            let digest = text.withUTF8 { SHA256.hash($0.span) }
            let span = digest.span
            words = InlineWords(
                a: span.bigEndian(at: 0), b: span.bigEndian(at: 8), c: span.bigEndian(at: 16),
                d: span.bigEndian(at: 24))
        }
    }

    private struct Shard {
        var generation: UInt64 = 0
        var uses = Uses()
        var links: GenerationalCache<Key, VerifiedLink>

        mutating func enter(_ generation: UInt64) {
            guard generation > self.generation else { return }
            self.generation = generation
            links.removeAll()
        }
    }

    /// How often a signature was known, and how often it was not.
    struct Uses: Hashable, Sendable {
        var hits = 0
        var misses = 0
    }

    /// A lock and its shard, since an array can't hold a `Mutex`.
    private final class LockedShard: Sendable {
        let locked: Mutex<Shard>

        init(capacity: Int) { locked = Mutex(Shard(links: GenerationalCache(capacity: capacity))) }
    }

    private let shards: [LockedShard]

    /// - Parameter capacity: the number of links that are kept. Each takes about 250 bytes.
    init(capacity: Int = 1 << 17, shardCount: Int = 16) {
        shards = (0..<shardCount).map { _ in LockedShard(capacity: capacity / shardCount) }
    }

    /// Parses and authenticates a token, or knows that it was done.
    ///
    /// - Parameter permit: asked before a signature is checked, and told afterwards whether it was good.
    func authenticate(
        _ text: String, against trust: TrustSnapshot, for purpose: LinkPurpose = .opening, permit: CheckPermit
    ) async throws(Refusal) -> VerifiedLink {
        guard text.utf8.count <= Token.textCountLimit else {
            throw Refusal(.link(.text(.tooLong(count: text.utf8.count))))
        }
        let key = Key(text)
        let shard = shards[Int(key.words.a % UInt64(shards.count))]
        let known = shard.locked.withLock { (shard) -> VerifiedLink? in
            shard.enter(trust.generation)
            let link = shard.generation == trust.generation ? shard.links.value(for: key) : nil
            if link == nil { shard.uses.misses += 1 } else { shard.uses.hits += 1 }
            return link
        }
        if let known { return known }
        let token: Token
        do {
            token = try Token(parsing: text)
        } catch {
            throw Refusal(error)
        }
        // The requests that arrived with this one are parsed first: signatures that are checked in a row find OpenSSL's
        // code and tables in the processor's caches.
        await Task.yield()
        let link = try permit.checking { () throws(LinkRefusal) in
            try token.authenticate(against: trust.bundle, for: purpose)
        }
        // What is kept is good for every purpose.
        guard purpose == .opening else { return link }
        shard.locked.withLock { (shard) in
            // A request that began under an older bundle leaves nothing behind.
            if shard.generation == trust.generation { shard.links.insert(link, for: key) }
        }
        return link
    }

    /// How many links are kept.
    var count: Int { shards.reduce(0) { $0 + $1.locked.withLock { $0.links.count } } }

    var uses: Uses {
        shards.reduce(into: Uses()) { (sum, shard) in
            let uses = shard.locked.withLock { $0.uses }
            sum.hits += uses.hits
            sum.misses += uses.misses
        }
    }
}
