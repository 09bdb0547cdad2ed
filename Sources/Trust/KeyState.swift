/// Where a signing key is in its life.
///
/// `pending` → `signing` → `verifying` → `retired`, and at any time to `revoked`. The terms are those
/// of NIST SP 800-57 Part 1 §7 in short: pre-activation, active, deactivated, destroyed, compromised.
public enum KeyState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Published, so that edges know it, and not signing yet.
    case pending
    /// New links are signed with it. Exactly one key of a keyring is in this state.
    case signing
    /// It no longer signs; its links still work.
    case verifying
    /// Its links can't be opened any more. A survey that was started with one can still be reported finished.
    case retired
    /// It was stolen or lost control of; its links prove nothing any more, whatever their expiry.
    case revoked

    /// Whether links that were signed with a key in this state can be opened.
    public var verifies: Bool {
        switch self {
        case .pending, .signing, .verifying: true
        case .retired, .revoked: false
        }
    }

    func allows(_ next: KeyState) -> Bool {
        switch (self, next) {
        case (.pending, .signing), (.signing, .verifying), (.verifying, .retired), (.pending, .retired): true
        case (.pending, .revoked), (.signing, .revoked), (.verifying, .revoked), (.retired, .revoked): true
        default: false
        }
    }
}
