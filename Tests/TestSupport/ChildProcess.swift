import Glibc

import class Foundation.ProcessInfo

/// A child process, started with posix_spawn(3) and waited for on a thread of its own.
///
/// Tests run in parallel on a pool of as many threads as there are cores, where a blocking wait can starve the very task
/// that it waits for; so waiting suspends. Output goes to files: no other child can keep a pipe's end open.
public final class ChildProcess: Sendable {
    public enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    public let id: pid_t
    private let ended: Task<Ending, Never>

    /// - Parameters:
    ///   - errors: where standard error goes; with the output when nil.
    ///   - environment: `NAME=VALUE` each, besides what this process has but for names of linkseal.
    ///   - descriptors: open files that it gets as its file descriptors 3, 4, 5 and so on.
    /// - Throws: ``NotStarted``.
    public init(
        _ executable: String, _ arguments: [String], in directory: String = ".", input: String = "/dev/null",
        output: String = "/dev/null", errors: String? = nil, environment: [String] = [], descriptors: [Int32] = []
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        if let errors {
            posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        // Copies above all that they become, so that none is overwritten before it is copied, nor keeps its flag to be
        // closed.
        let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
        defer { for copy in copies { close(copy) } }
        for (index, copy) in copies.enumerated() { posix_spawn_file_actions_adddup2(&actions, copy, Int32(3 + index)) }
        // NIO's sockets would be inherited: a port that is free again here would be taken there.
        _ = closeFrom(&actions, Int32(3 + descriptors.count))
        // glibc's action to change the directory is hidden from Swift; env(1) changes it and becomes the program.
        // What the tests themselves are told by the environment is not meant for the program.
        let unset = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("LINKSEAL_") }.flatMap {
            ["-u", $0]
        }
        let words = ["env", "-C", directory] + unset + environment + [executable] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let error = posix_spawnp(&process, "env", &actions, nil, &pointers, environ)
        guard error == 0 else { throw NotStarted(executable: executable, errno: error) }
        id = process
        ended = Task { [process] in
            await withCheckedContinuation { (continuation) in
                spawnThread { continuation.resume(returning: Self.wait(for: process)) }
            }
        }
    }

    public struct NotStarted: Error, CustomStringConvertible {
        let executable: String
        let errno: Int32
        public var description: String { "\(executable): \(String(cString: strerror(errno)))" }
    }

    public func send(_ signal: Int32) { kill(id, signal) }

    /// Waits until it has ended.
    public func end() async -> Ending { await ended.value }

    private static func wait(for process: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        // WIFEXITED and its kin are macros that Swift does not see; wait(2) of Linux lays the word out so.
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }
}

extension ChildProcess {
    public struct Outcome: Sendable {
        public var ending: Ending
        public var output: String
        public var errors: String
        /// The exit status, or -1 after a signal.
        public var status: Int32 { if case .exited(let status) = ending { status } else { -1 } }
    }

    /// It was run for what it prints, and failed.
    public struct Failed: Error, CustomStringConvertible {
        let command: String
        let outcome: Outcome
        public var description: String { "\(command): \(outcome.ending), \(outcome.errors)\(outcome.output)" }
    }

    /// Runs a program that must succeed, and gives what it printed on standard output.
    @discardableResult
    public static func output(of executable: String, _ arguments: [String]) async throws -> String {
        let outcome = try await run(executable, arguments)
        guard outcome.status == 0 else { throw Failed(command: executable, outcome: outcome) }
        return outcome.output
    }

    /// Runs a program to its end and gives what it printed.
    public static func run(
        _ executable: String, _ arguments: [String], in directory: String = ".", input: [UInt8]? = nil,
        environment: [String] = []
    ) async throws -> Outcome {
        let scratch = TemporaryDirectory()
        if let input { try scratch.write(input, to: "in") }
        let process = try ChildProcess(
            executable, arguments, in: directory, input: input == nil ? "/dev/null" : scratch.path("in"),
            output: scratch.path("out"), errors: scratch.path("err"), environment: environment)
        let ending = await process.end()
        return Outcome(
            ending: ending, output: String(decoding: try scratch.read("out"), as: UTF8.self),
            errors: String(decoding: try scratch.read("err"), as: UTF8.self))
    }
}

/// An action of glibc 2.34 that its headers hide from Swift.
private let closeFrom: @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32 = {
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
        preconditionFailure("glibc is older than 2.34")
    }
    return unsafeBitCast(
        symbol, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
}()

private func spawnThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let error = pthread_create(
        &thread, nil,
        { (argument) in
            Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, box)
    precondition(error == 0, "no thread could be made")
    pthread_detach(thread)
}
