import Foundation
import LinkToken
import Synchronization
import TestSupport
import Testing

@testable import Distributions

/// What may happen in a workspace while contacts are taken in and links are minted, which takes minutes for millions.
@Suite struct ConcurrentChangeTests {
    let test = try! TestWorkspace()

    /// A way into the same workspace that does not wait.
    var others: Workspace {
        var workspace = test.workspace
        workspace.patience = .zero
        return workspace
    }

    static func isBusy(_ change: () throws -> some Any) -> Bool {
        do {
            _ = try change()
            return false
        } catch {
            return error as? DistributionsError == .busy
        }
    }

    /// Runs its body the first time that it is called, and keeps what that threw.
    final class Once: Sendable {
        private let outcome = Mutex<Result<Void, any Error>?>(nil)

        func callAsFunction(_ body: () throws -> Void) {
            outcome.withLock { if $0 == nil { $0 = Result { try body() } } }
        }

        func check() throws { try #require(outcome.withLock { $0 }, "it was never called").get() }
    }

    @Test("while links are minted others end, revoke, replace and remove, and nothing is lost; erasing has to wait")
    func minting() async throws {
        let test = test
        let (before, _) = try await test.distributions.generate(
            test.request(test.people(10)), key: test.key, at: test.now)
        _ = try test.workspace.contacts.importList(
            ContactFile(test.directory.path("people.csv")), name: "Old", at: test.now)
        _ = try test.workspace.contacts.makeDummyList(8000, name: "Source", at: test.now)
        let once = Once()
        let (made, _) = try await test.distributions.generate(
            test.request(.list("Source")), key: test.key, at: test.now
        ) { [others, test] _ in
            once {
                _ = try others.distributions.revoke(before.id, serials: [Serial(rawValue: 3)], at: test.now)
                _ = try others.distributions.changeExpiry(of: before.id, to: test.now, at: test.now)
                _ = try others.distributions.delete(before.id, at: test.now)
                try others.contacts.removeList(named: "Old")
                _ = try others.contacts.makeDummyList(1, name: "Source", replacing: true, at: test.now)
                #expect(Self.isBusy { try others.erase("c4", at: test.now) })
            }
        }
        try once.check()
        #expect(made.contacts == 8000)
        #expect(try test.rows().count == 8000)
        var count = 0
        try test.distributions.forEachContact(of: made.id) { _, _ in
            count += 1
            return true
        }
        #expect(count == 8000)
        #expect(throws: Never.self) { try test.distributions.salt(of: made) }
        let ended = try test.distributions.distribution(before.id)
        #expect(
            ended.deletedAt == test.now && ended.changedExpiry == test.now && ended.revoked == [Serial(rawValue: 3)])
        #expect(try test.workspace.contacts.lists().map(\.contacts) == [1])
        #expect(try others.erase("c4", at: test.now).distributions == [before.id])
        #expect(try !test.files().contains { $0.contains("staging") })
    }

    @Test("while a list is read in others change the workspace; of two lists of a name the first that is whole stays")
    func importing() throws {
        let test = test
        _ = try test.people(9000)
        let file = ContactFile(test.directory.path("people.csv"))
        let once = Once()
        let slow = Result {
            try test.workspace.contacts.importList(file, name: "People", at: test.now) { [others, test] (count) in
                once {
                    #expect(count < 9000)
                    _ = try others.contacts.makeDummyList(7, name: "People", at: test.now)
                    #expect(Self.isBusy { try others.erase("c4", at: test.now) })
                }
            }
        }
        #expect(throws: DistributionsError.exists(what: "contact list", name: "People")) { try slow.get() }
        try once.check()
        #expect(try test.workspace.contacts.list(named: "People").contacts == 7)
        let list = try test.workspace.contacts.importList(file, name: "People", replacing: true, at: test.now).list
        #expect(list.contacts == 9000)
        let files = try test.files()
        #expect(files.count { $0.hasPrefix("contacts/") } == 2, "a record and its contacts: \(files)")
    }

    @Test("a list whose task is cancelled is not there, nor is anything of it")
    func cancellation() async throws {
        let test = test
        let task = Task {
            try test.workspace.contacts.makeDummyList(100_000, name: "Many", at: test.now) { (_) in
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        let result = await task.result
        #expect(throws: DistributionsError.cancelled) { try result.get() }
        #expect(try test.files() == ["contacts", "distributions", "lock"])
    }

    @Test("a change that can't wait is refused while others hold the workspace, and changes nothing")
    func patience() async throws {
        let (made, _) = try await test.distributions.generate(
            test.request(test.people(3)), key: test.key, at: test.now)
        let lock = try test.workspace.lock()
        #expect(throws: DistributionsError.busy) { try others.distributions.delete(made.id, at: test.now) }
        #expect(try test.distributions.distribution(made.id) == made)
        withExtendedLifetime(lock) {}
    }
}
