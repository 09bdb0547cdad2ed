import Cryptography
import LinkToken
import TestSupport
import Testing

@testable import Trust

@Suite struct KeyLifeTests {
    let directory = TemporaryDirectory()

    /// All that a key may become. Every other pair is refused.
    static let allowed: [KeyState: Set<KeyState>] = [
        .pending: [.signing, .retired, .revoked],
        .signing: [.verifying, .revoked],
        .verifying: [.retired, .revoked],
        .retired: [.revoked],
        .revoked: [],
    ]

    static let pairs = KeyState.allCases.flatMap { from in KeyState.allCases.map { (from, $0) } }

    @Test(arguments: pairs)
    func `a key moves from one state to another exactly where its life allows`(from: KeyState, to: KeyState) throws {
        let key = try PrivateKey.generate(.ed25519).publicKey
        var index = KeyringIndex(root: KeyID(rawValue: 0))
        _ = try index.add(key, state: from, at: noon)
        let later = noon.adding(seconds: 1)
        if Self.allowed[from]!.contains(to) {
            try index.move(key.id, to: to, at: later)
            #expect(try index.key(key.id).state == to && index.key(key.id).changedAt == later)
        } else {
            #expect(throws: TrustError.impossibleTransition(key.id, from: from, to: to)) {
                try index.move(key.id, to: to, at: later)
            }
            #expect(try index.key(key.id).state == from && index.key(key.id).changedAt == noon)
        }
    }

    @Test(arguments: pairs)
    func `no pair of keys ever signs together`(first: KeyState, second: KeyState) throws {
        let keys = try (0..<2).map { _ in try PrivateKey.generate(.ed25519).publicKey }
        var index = KeyringIndex(root: KeyID(rawValue: 0))
        _ = try index.add(keys[0], state: first, at: noon)
        _ = try index.add(keys[1], state: second, at: noon)
        let signersBefore = index.keys.count { $0.state == .signing }
        if signersBefore < 2 {
            try? index.move(keys[1].id, to: .signing, at: noon)
            #expect(index.keys.count { $0.state == .signing } <= 1)
            try? index.promote(keys[1].id, at: noon)
            #expect(index.keys.count { $0.state == .signing } <= 1)
        }
    }

    /// A keyring whose only key but the signing one is in that state; the key itself is the signing one for `signing`.
    private func keyring(with state: KeyState) throws -> (Keyring, KeyID) {
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .ed25519, at: noon)
        if state == .signing { return (keyring, keyring.keys[0].id) }
        let id = try keyring.makeKey(.ed25519, at: noon).id
        if state == .verifying {
            _ = try keyring.rotate(to: id, force: true, at: noon)
            let next = try #require(keyring.keys.first { $0.state == .pending })
            _ = try keyring.rotate(to: next.id, force: true, at: noon)
        }
        if state == .retired { _ = try keyring.retire(id, unexpiredLinks: 0, at: noon) }
        if state == .revoked { _ = try keyring.revoke(id, at: noon) }
        #expect(keyring.keys.first { $0.id == id }?.state == state)
        return (keyring, id)
    }

    @Test(arguments: KeyState.allCases)
    func `rotating takes a pending key alone`(state: KeyState) throws {
        var (keyring, id) = try keyring(with: state)
        if state == .pending {
            guard case .rotated(_, id, _) = try keyring.rotate(to: id, force: true, at: noon) else {
                Issue.record("not rotated")
                return
            }
            #expect(try keyring.signingKey().id == id)
        } else {
            let before = keyring.keys
            #expect(throws: TrustError.impossibleTransition(id, from: state, to: .signing)) {
                try keyring.rotate(to: id, force: true, at: noon)
            }
            #expect(try Keyring(opening: keyring.directory).keys == before)
        }
    }

    @Test(arguments: KeyState.allCases, [false, true])
    func `retiring takes a pending or verifying key, and not while its links work`(state: KeyState, force: Bool) throws
    {
        var (keyring, id) = try keyring(with: state)
        switch state {
        case .pending, .verifying:
            if force {
                #expect(try keyring.retire(id, unexpiredLinks: 12, force: true, at: noon).state == .retired)
            } else {
                let error = #expect(throws: TrustError.self) { try keyring.retire(id, unexpiredLinks: 12, at: noon) }
                #expect(
                    error == .keyInUse(id, unexpiredLinks: 12) && error?.description.contains("12 unexpired") == true)
                #expect(try keyring.retire(id, unexpiredLinks: 0, at: noon).state == .retired)
            }
        case .retired:
            #expect(try keyring.retire(id, unexpiredLinks: 12, force: force, at: noon).state == .retired)
        case .signing, .revoked:
            #expect(throws: TrustError.impossibleTransition(id, from: state, to: .retired)) {
                try keyring.retire(id, unexpiredLinks: 0, force: force, at: noon)
            }
        }
    }

    @Test(arguments: KeyState.allCases)
    func `revoking takes any key, and leaves one that signs`(state: KeyState) throws {
        var (keyring, id) = try keyring(with: state)
        let signing = try keyring.signingKey().id
        let revoking = try keyring.revoke(id, at: noon)
        #expect(revoking.revoked.state == .revoked)
        #expect((revoking.replacement != nil) == (state == .signing))
        let reopened = try Keyring(opening: keyring.directory)
        #expect(try reopened.signingKey().id == revoking.replacement?.id ?? signing)
        #expect(reopened.keys.count { $0.state == .signing } == 1)
    }

    @Test func `a pending key is not promoted in place of a stolen one`() throws {
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .p256, at: noon)
        let pending = try keyring.makeKey(.ed25519, at: noon)
        let revoking = try keyring.revoke(keyring.signingKey().id, at: noon)
        #expect(revoking.replacement?.algorithm == .p256)
        #expect(keyring.keys.first { $0.id == pending.id }?.state == .pending)
    }

    @Test func `a rotation waits for publication and for edges, then happens, and prepares the next`() throws {
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .p256, at: noon)
        let first = try keyring.signingKey().id
        guard case .awaitingPublication(let second) = try keyring.rotate(at: noon) else {
            Issue.record("a key that nobody knows signs")
            return
        }
        #expect(try keyring.rotate(at: noon) == .awaitingPublication(second) && keyring.keys.count == 2)
        #expect(try keyring.signingKey().id == first)

        let root = try keyring.rootPrivateKey()
        _ = try keyring.publish([], to: directory.path("bundle"), signedBy: root, at: noon)
        let settled = noon.adding(seconds: Rotation.standardSettling)
        #expect(try keyring.rotate(at: noon) == .settling(second, until: settled))
        let due = noon.adding(seconds: 90 * day)
        #expect(try keyring.rotate(minimumAge: 90 * day, at: settled) == .notDue(first, until: due))

        guard case .rotated(first, second, let third) = try keyring.rotate(minimumAge: 90 * day, at: due) else {
            Issue.record("not rotated")
            return
        }
        #expect(try keyring.signingKey().id == second && keyring.signingKey().algorithm == .p256)
        #expect(keyring.keys.map(\.state) == [.verifying, .signing, .pending])
        #expect(keyring.keys.map(\.id) == [first, second, third])
        #expect(try keyring.rotate(at: due) == .awaitingPublication(third))
    }

    @Test func `every unused key is retired at once, and used, foreign and signing ones stay`() throws {
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .ed25519, at: noon)
        let first = try keyring.signingKey().id
        guard case .rotated(_, let second, _) = try rotated(&keyring),
            case .rotated(_, let third, _) = try rotated(&keyring)
        else {
            Issue.record("not rotated")
            return
        }
        let retired = try keyring.retireUnused(unexpiredLinks: [first: 1], at: noon)
        #expect(retired.map(\.id) == [second])
        #expect(keyring.keys.map(\.state) == [.verifying, .retired, .signing, .pending] && third == keyring.keys[2].id)
        #expect(try keyring.retireUnused(unexpiredLinks: [:], at: noon).map(\.id) == [first])
    }

    @Test func `a key whose private half is elsewhere is not retired as unused, since its links are elsewhere too`()
        throws
    {
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .ed25519, at: noon)
        let first = try keyring.signingKey().id
        let elsewhere = try PrivateKey.generate(.ed25519).publicKey
        _ = try keyring.importKey(pem: secret(elsewhere.pemRepresentation()), at: noon)
        _ = try keyring.rotate(to: elsewhere.id, force: true, at: noon)
        _ = try rotated(&keyring)
        #expect(try keyring.retireUnused(unexpiredLinks: [:], at: noon).map(\.id) == [first])
        #expect(keyring.keys.first { $0.id == elsewhere.id }?.state == .verifying)
    }

    @Test func `no key is retired where the links of one can't be counted`() throws {
        struct Unreadable: Error {}
        var keyring = try Keyring.create(in: directory.path("keys"), algorithm: .ed25519, at: noon)
        let first = try keyring.signingKey().id
        guard case .rotated(_, let second, _) = try rotated(&keyring), case .rotated = try rotated(&keyring) else {
            Issue.record("not rotated")
            return
        }
        let result = try keyring.retireUnused(at: noon) { (id) throws(Unreadable) in
            if id == second { throw Unreadable() }
            return 0
        }
        #expect(throws: Unreadable.self) { try result.get() }
        #expect(try Keyring(opening: keyring.directory).keys.prefix(2).map(\.state) == [.verifying, .verifying])
        #expect(keyring.keys.first?.id == first)
    }

    private func rotated(_ keyring: inout Keyring) throws -> Rotation {
        if !keyring.keys.contains(where: { $0.state == .pending }) { _ = try keyring.makeKey(.ed25519, at: noon) }
        return try keyring.rotate(force: true, at: noon)
    }
}
