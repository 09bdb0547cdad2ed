import Foundation
import TestSupport
import Testing

/// The commands of the documentation, run as they stand there.
@Suite struct TourTests {
    @Test func `every command of the tour does what the tour says`() async throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/linkseal/linkseal.docc/Tour.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let blocks = text.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count > 10)
        let binaries = URL(filePath: ProgramWorkspace.program).deletingLastPathComponent().path
        // Whatever goes wrong, the server of the tour does not outlive it.
        let script =
            "set -euo pipefail; PATH=\(binaries):$PATH; trap 'jobs -p | xargs -r kill' EXIT\n"
            + blocks.joined(separator: "\n")
        let place = try await ProgramWorkspace(initialized: false)
        let outcome = try await ChildProcess.run("bash", ["-c", script], in: place.root)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(try place.read("joined.csv").contains("Lovelace"))
    }
}
