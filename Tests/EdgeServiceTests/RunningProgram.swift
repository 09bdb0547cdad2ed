import Foundation
import Glibc
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// A program that the test started, and stops by its own process.
struct RunningProgram {
    private let process = Process()
    private let scratch = TemporaryDirectory()

    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try scratch.write([], to: "errors")
        process.standardError = try FileHandle(forWritingTo: URL(filePath: scratch.path("errors")))
        try process.run()
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Ends it at once: a program without children that may have signals blocked, which it inherits from here.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Connects again and again until somebody answers; the attempts themselves are the wait.
    func waitUntilListening(on port: Int) async throws {
        for _ in 0..<200 {
            try #require(process.isRunning, "the program ended: \(errors)")
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            if let channel = try? await bootstrap.connect(host: "127.0.0.1", port: port).get() {
                // The program may have closed it first.
                try? await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("nothing listens on port \(port): \(errors)")
    }

    /// Runs the body, and says what the program did when it throws.
    func explaining<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            Issue.record("the program \(process.isRunning ? "runs" : "ended") and said: \(errors)")
            throw error
        }
    }

    /// What it wrote to standard error.
    var errors: String { (try? String(contentsOfFile: scratch.path("errors"), encoding: .utf8)) ?? "" }
}
