/// A dictionary of bounded size that forgets what was not used for longest.
///
/// It has two halves. When the younger is full it becomes the older, whose entries go. An entry that is asked for again
/// moves to the younger.
struct GenerationalCache<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let halfCount: Int

    /// - Parameter capacity: the number of entries that are kept at most.
    init(capacity: Int) { halfCount = max(1, capacity / 2) }

    var count: Int { young.count + old.count }

    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    mutating func insert(_ value: Value, for key: Key) {
        old[key] = nil
        if young.count >= halfCount, young[key] == nil {
            old = young
            young = [:]
            young.reserveCapacity(halfCount)
        }
        young[key] = value
    }

    mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
