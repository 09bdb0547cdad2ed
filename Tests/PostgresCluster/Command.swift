import Glibc

/// A process that was started.
public final class Command: @unchecked Sendable {
    public let pid: pid_t
    // Both are closed by the one who owns the command.
    private var input: Int32
    private var output: Int32

    /// The process could not be started, or ended with another status than zero.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Starts a process whose standard output and error come together.
    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        var (inputs, outputs): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&inputs) == 0, pipe(&outputs) == 0 else { throw Failure(description: "no pipe") }
        for end in inputs + outputs { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputs[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], 1)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], 2)
        // Threads of Dispatch block signals, and a child inherits that: pgbench would wait for its alarm for ever.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var variables: [String] = []
        var variable = environ
        while let text = variable.pointee {
            variables.append(String(cString: text))
            variable += 1
        }
        variables.removeAll { text in environment.keys.contains { text.hasPrefix("\($0)=") } }
        variables += environment.map { "\($0)=\($1)" }
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = variables.map { strdup($0) } + [nil]
        defer { for string in argv + envp { free(string) } }
        var pid = pid_t()
        let error = posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp)
        close(inputs[0])
        close(outputs[1])
        guard error == 0 else {
            close(inputs[1])
            close(outputs[0])
            throw Failure(description: "\(arguments[0]): \(String(cString: strerror(error)))")
        }
        self.pid = pid
        (input, output) = (inputs[1], outputs[0])
    }

    deinit {
        closeInput()
        if output >= 0 { close(output) }
    }

    public func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Waits for its end.
    public func end() -> (status: Int32, output: String) {
        closeInput()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return (status, String(decoding: bytes, as: UTF8.self))
    }

    /// Runs a command to its end and returns what it printed.
    @discardableResult
    public static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let (status, output) = try Command(arguments, environment: environment).end()
        guard status == 0 else { throw Failure(description: "\(arguments.joined(separator: " ")): \(output)") }
        return output
    }
}
