import Foundation
import TestSupport
import Testing

/// Keys stay in the process that reads them.
@Suite struct ProcessMemoryTests {
    /// Runs a command as a user without privileges until it waits for input, and looks at it from outside.
    ///
    /// The files of a process in /proc belong to root where it may not be dumped (proc(5)), which only tells anything of a
    /// process that root did not start.
    private func whileWaiting(
        _ arguments: [String], in place: ProgramWorkspace, _ body: (_ process: String) throws -> Void
    )
        async throws
    {
        let pipe = place.path("input")
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [""] + (try place.files().map { "/" + $0 }) { chown(place.root + path, 65534, 65534) }
        let end = open(pipe, O_RDWR | O_CLOEXEC)
        defer { close(end) }
        // A shell may let dumps be as large as they get; the program must not.
        let process = try ChildProcess(
            "sh",
            [
                "-c",
                "ulimit -c $(ulimit -H -c); exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"", "sh",
                ProgramWorkspace.program,
            ] + arguments, in: place.root, input: pipe)
        defer { process.send(SIGKILL) }
        let proc = "/proc/\(process.id)"
        // It has taken its precautions when it reads.
        while (try? String(contentsOfFile: proc + "/comm", encoding: .utf8)) != "linkseal\n" || !Self.reads(proc) {
            guard kill(process.id, 0) == 0 else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        try body(proc)
    }

    /// Whether one of its threads waits for input.
    private static func reads(_ process: String) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: process + "/task")) ?? []
        return threads.contains {
            (try? String(contentsOfFile: "\(process)/task/\($0)/wchan", encoding: .utf8))?.contains("pipe") == true
        }
    }

    @Test(
        .enabled(if: geteuid() == 0), .timeLimit(.minutes(5)),
        arguments: [
            ["keys", "import", "-"], ["keys", "make", "--passphrase-fd", "0"],
            ["console", "set-password", "--password-fd", "0"],
        ])
    func `a command that holds secrets writes no core dump, and lets nobody else of its user read it`(
        arguments: [String]
    ) async throws {
        let place = try await ProgramWorkspace()
        try await whileWaiting(arguments, in: place) { (process) in
            var status = stat()
            #expect(stat(process + "/mem", &status) == 0 && status.st_uid == 0)
            let limits = try String(contentsOfFile: process + "/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size +0 +0 /#), "\(limits)")
        }
    }

    @Test func `neither does the edge`() async throws {
        let place = try await ProgramWorkspace()
        let edge = try await ServingProcess([], in: place.root)
        let limits = try String(contentsOfFile: "/proc/\(edge.id)/limits", encoding: .utf8)
        #expect(limits.contains(#/Max core file size +0 +0 /#), "\(limits)")
    }
}
