import Foundation

/// A directory with a workspace, and the `linkseal` that was built beside the tests to use it with. It is removed with its
/// owner.
public struct ProgramWorkspace: Sendable {
    /// The program.
    public static let program = builtProgram("linkseal")

    /// An outcome of a command.
    public typealias Outcome = ChildProcess.Outcome

    public let directory = TemporaryDirectory()
    /// `NAME=VALUE` each, for every command.
    public let environment: [String]

    /// - Parameter environment: `NAME=VALUE` each, for every command.
    public init(initialized: Bool = true, environment: [String] = []) async throws {
        self.environment = environment
        if initialized { try await succeed("init") }
    }

    // MARK: Commands

    /// Runs a command to its end, whatever that is.
    @discardableResult
    public func run(_ arguments: String..., input: String = "") async throws -> Outcome {
        try await run(arguments, input: input)
    }

    public func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        try await ChildProcess.run(
            Self.program, arguments, in: root, input: Array(input.utf8), environment: environment)
    }

    /// Runs a command that must succeed, and gives what it printed.
    @discardableResult
    public func succeed(_ arguments: String..., input: String = "") async throws -> String {
        try await succeed(arguments, input: input)
    }

    @discardableResult
    public func succeed(_ arguments: [String], input: String = "") async throws -> String {
        let outcome = try await run(arguments, input: input)
        guard outcome.status == 0 else {
            throw ChildProcess.Failed(command: arguments.joined(separator: " "), outcome: outcome)
        }
        return outcome.output
    }

    /// Runs a command that must succeed, and decodes what it printed as JSON.
    public func json<Value: Decodable>(_ arguments: String..., as type: Value.Type = Value.self) async throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(try await succeed(arguments + ["--json"]).utf8))
    }

    /// Starts a command, and does not wait for its end.
    public func start(_ arguments: [String], output: String = "/dev/null") throws -> ChildProcess {
        try ChildProcess(Self.program, arguments, in: root, output: output, environment: environment)
    }

    // MARK: Files

    public var root: String { directory.root }

    public func path(_ name: String) -> String { directory.path(name) }

    public func write(_ text: String, to name: String) throws { try directory.write(text, to: name) }

    public func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// Everything that lies in the directory, by path.
    public func files() throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: root))
    }
}
