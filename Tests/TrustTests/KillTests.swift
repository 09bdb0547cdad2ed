import TestSupport
import Testing

@Suite struct KillTests {
    @Test func `SIGKILL at 50 random moments of rotating and publishing leaves a keyring that works`() async throws {
        let ended = try await ChildProcess.run(builtProgram("KeyringHammer"), ["50"])
        #expect(ended.status == 0 && ended.output.contains("50 kills"), "\(ended.output)\(ended.errors)")
    }
}
