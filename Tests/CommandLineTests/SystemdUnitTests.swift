import Foundation
import TestSupport
import Testing

/// The units of the documentation, held against systemd's own checks.
struct SystemdUnitTests {
    static func sample(_ language: String) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EdgeService/EdgeService.docc/Systemd.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        return try #require(
            text.components(separatedBy: "```\(language)\n").last?.components(separatedBy: "```").first)
    }

    @Test func `the units are without fault, and leave the service little to do harm with`() async throws {
        let directory = TemporaryDirectory()
        let service = try Self.sample("systemd.service")
        try directory.write(
            Array(service.replacing("/usr/local/bin/linkseal", with: ProgramWorkspace.program).utf8),
            to: "linkseal.service")
        try directory.write(Array(try Self.sample("systemd.socket").utf8), to: "linkseal.socket")
        let units = [directory.path("linkseal.service"), directory.path("linkseal.socket")]
        let verified = try await ChildProcess.run("systemd-analyze", ["verify", "--man=no"] + units)
        #expect(verified.status == 0 && (verified.output + verified.errors).isEmpty, "\(verified)")
        // In tenths, as --threshold= has it: 2.0 is what systemd calls OK.
        let security = try await ChildProcess.run(
            "systemd-analyze", ["security", "--offline=true", "--no-pager", "--threshold=20", units[0]])
        #expect(security.status == 0, "\(security.output)\(security.errors)")
    }

    @Test func `the service's file of settings holds none that there is not`() async throws {
        let place = try await ProgramWorkspace(initialized: false)
        try place.write(try Self.sample("json"), to: "edge.json")
        let outcome = try await ServeSettingsTests.check(place, ["--config", "edge.json", "--session-key", "none"])
        #expect(outcome.output.contains("/var/lib/linkseal/consumption.log  (file edge.json:"), "\(outcome)")
    }
}
