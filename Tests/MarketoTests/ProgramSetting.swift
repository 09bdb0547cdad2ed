import Distributions
import Foundation
import MarketoStandIn
import Synchronization
import TestSupport

/// The real program, in a workspace of its own, against a stand-in.
struct ProgramSetting: Sendable {
    let standIn: MarketoStandIn
    let workspace: ProgramWorkspace

    /// Runs it to its end, which must be a good one.
    @discardableResult
    func succeed(_ command: [String]) async throws -> String { try await workspace.succeed(command) }

    /// Runs it to its end, whatever that is.
    func run(_ command: [String]) async throws -> ChildProcess.Outcome { try await workspace.run(command) }

    /// Runs it and kills it (SIGKILL) when the stand-in is asked for the so manieth time, before that answer.
    func kill(atCall count: Int, _ command: [String]) async throws -> ChildProcess.Ending {
        let victim = Mutex<pid_t?>(nil)
        let before = standIn.change { $0.calls.count }
        let box = Box(victim: victim)
        standIn.change { instance in
            instance.onCall = { (calls) in
                // It waits for this answer, so it is there.
                if calls == before + count { box.kill() }
            }
        }
        let process = try workspace.start(command)
        box.set(process.id)
        let ending = await process.end()
        standIn.change { $0.onCall = nil }
        return ending
    }

    /// Runs it and kills it (SIGKILL) after a time.
    func kill(after time: Duration, _ command: [String]) async throws -> ChildProcess.Ending {
        let seconds = time / .seconds(1)
        return try await ChildProcess.run(
            "timeout", ["-s", "KILL", String(seconds), ProgramWorkspace.program] + command, in: workspace.root,
            environment: workspace.environment
        ).ending
    }

    private final class Box: Sendable {
        private let victim: Mutex<pid_t?>
        init(victim: consuming Mutex<pid_t?>) { self.victim = victim }
        func set(_ pid: pid_t) { victim.withLock { $0 = pid } }
        func kill() { victim.withLock { if let pid = $0 { _ = Glibc.kill(pid, SIGKILL) } } }
    }

    /// The external data references of a list's contacts, sorted, each as often as it is there.
    func references(_ name: String) throws -> [Int] {
        let contacts = try Workspace(opening: workspace.root).contacts
        var references: [Int] = []
        try contacts.forEachContact(of: contacts.list(named: name)) { (contact) throws(DistributionsError) in
            references.append(Int(contact.externalDataReference) ?? 0)
            return true
        }
        return references.sorted()
    }

    static func run(_ instance: Instance, _ body: @Sendable (ProgramSetting) async throws -> Void) async throws {
        try await MarketoStandIn.serve(instance) { (standIn) in
            let workspace = try await ProgramWorkspace(environment: [
                "LINKSEAL_MARKETO_ENDPOINT=\(standIn.endpoint)", "LINKSEAL_MARKETO_CLIENT_ID=client-id",
                "LINKSEAL_MARKETO_CLIENT_SECRET=\(standIn.change { $0.clientSecret })",
            ])
            try await body(ProgramSetting(standIn: standIn, workspace: workspace))
        }
    }
}
