import Foundation
import Glibc

/// `linkseal serve` or `linkseal console` as a process of its own on a port that the system chose. It is killed with its
/// owner.
public final class ServingProcess: Sendable {
    /// Such as `http://127.0.0.1:40001`.
    public let url: String
    /// What it says after that it listens.
    public let lines: AsyncStream<String>
    private let process: ChildProcess
    /// That of the server, which is the process itself or its child.
    private let server: pid_t
    private let directory = TemporaryDirectory()

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - arguments: those of the command, without `--listen`.
    ///   - command: `serve` or `console`.
    ///   - workspace: where it is run.
    ///   - environment: `NAME=VALUE` each, besides what this process has.
    ///   - wrapper: a command that runs the one behind it as its child.
    /// - Throws: ``DidNotStart`` with what it said.
    public init(
        _ arguments: [String] = [], of command: String = "serve", in workspace: String, environment: [String] = [],
        under wrapper: [String] = []
    ) async throws {
        // It says where it listens through a named pipe; reading one needs neither a delay nor a second look.
        let pipe = directory.path("errors")
        mkfifo(pipe, 0o600)
        // Open for both, so that opening does not wait for the other side.
        let end = open(pipe, O_RDWR | O_CLOEXEC)
        let words = wrapper + [ProgramWorkspace.program, command, "--listen", "127.0.0.1:0"] + arguments
        process = try ChildProcess(
            words[0], Array(words[1...]), in: workspace, errors: pipe, environment: environment)
        let continuation: AsyncStream<String>.Continuation
        (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread { [process] in
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(end, &buffer, buffer.count), count > 0 {
                text += String(decoding: buffer[..<count], as: UTF8.self)
                while let newline = text.firstIndex(of: "\n") {
                    continuation.yield(String(text[..<newline]))
                    text = String(text[text.index(after: newline)...])
                }
            }
            _ = withExtendedLifetime(process) { close(end) }
        }
        Task { [process] in
            _ = await process.end()
            // Wakes the reader, which would wait for ever on a pipe that it holds open itself.
            continuation.finish()
        }
        var seen = ""
        for await line in lines {
            seen += line + "\n"
            // As text, or as JSON.
            guard line.contains("listening") || line.contains("the console is open"),
                let found = line.firstMatch(of: /address(?:=|":)"?(?:http:\/\/)?([^ "\/]+)/)
            else { continue }
            url = "http://\(found.1)"
            server = wrapper.isEmpty ? process.id : try Self.child(of: process.id)
            return
        }
        throw DidNotStart(output: seen)
    }

    public struct DidNotStart: Error {
        public var output: String
    }

    private static func child(of parent: pid_t) throws -> pid_t {
        let children = try String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        guard let child = children.split(separator: " ").first.flatMap({ pid_t($0) }) else {
            throw DidNotStart(output: "\(parent) has no child")
        }
        return child
    }

    deinit { send(SIGKILL) }

    public var id: pid_t { process.id }

    public var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

    public func send(_ signal: Int32) { kill(server, signal) }

    /// Waits until it has ended.
    public func end() async -> ChildProcess.Ending { await process.end() }

    /// Ends it as its service manager does.
    @discardableResult
    public func stop() async -> ChildProcess.Ending {
        send(SIGTERM)
        return await end()
    }
}
