import Synchronization

/// Whether the edge is shutting down: answers then say that their connection ends with them (RFC 9112 §9.6).
final class Draining: Sendable {
    private let hasBegun = Atomic(false)

    func begin() { hasBegun.store(true, ordering: .relaxed) }

    var isOn: Bool { hasBegun.load(ordering: .relaxed) }
}
