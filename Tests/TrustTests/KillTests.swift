import Foundation
import Testing

@Suite struct KillTests {
    @Test func `SIGKILL at 50 random moments of rotating and publishing leaves a keyring that works`() throws {
        // The hammer is built beside the tests.
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let hammer = folder.appending(path: "KeyringHammer").path
        do {
            #expect(try run(hammer, ["50"]).contains("50 kills"))
        } catch let failure as ProgramFailure {
            Issue.record("\(failure.output)")
        }
    }
}
