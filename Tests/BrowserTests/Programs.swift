import Foundation
import Glibc
import TestSupport
import Testing

/// A server as a process of its own, which says in its output where it listens.
struct ServerProgram {
    let process: ChildProcess
    let port: Int

    init(_ program: String, _ arguments: [String], in directory: String, output: String) async throws {
        process = try ChildProcess(program, arguments, in: directory, output: output)
        let end = ContinuousClock.now.advanced(by: .seconds(120))
        while ContinuousClock.now < end {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            if let port = text.firstMatch(of: /address=[^ \n]*?127\.0\.0\.1:([0-9]+)/).flatMap({ Int($0.1) }) {
                self.port = port
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        process.send(SIGKILL)
        throw NotListening(output: (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }

    struct NotListening: Error { var output: String }

    func stop() async {
        process.send(SIGTERM)
        _ = await process.end()
    }
}

/// `linkseal` as it was built beside the tests, in a directory with a workspace.
struct Workspace: Sendable {
    private let directory = TemporaryDirectory()
    var root: String { directory.root }

    init() async throws { try await succeed("init") }

    func path(_ name: String) -> String { directory.path(name) }
    func write(_ text: String, to name: String) throws { try directory.write(Array(text.utf8), to: name) }
    func read(_ name: String) throws -> String { String(decoding: try directory.read(name), as: UTF8.self) }
    /// The rows of a spreadsheet without a quoted cell, as cells by heading.
    func rows(_ name: String) throws -> [[String: String]] { try Spreadsheet.rows(try read(name)) }

    @discardableResult
    func succeed(_ arguments: String...) async throws -> String {
        let outcome = try await ChildProcess.run(builtProgram("linkseal"), arguments, in: root)
        try #require(outcome.status == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome.output
    }

    /// The link of each contact, in the order of the file.
    ///
    /// - Parameter resume: how long started surveys may be resumed, as a person says it.
    func generate(
        _ name: String, contacts: [String], survey: String, base: String, resume: String
    ) async throws -> [String] {
        try write("Contact ID\n" + contacts.map { $0 + "\n" }.joined(), to: "people.csv")
        try await succeed(
            "generate", "--contacts", "people.csv", "--name", name, "--survey-url", survey, "--base-url", base,
            "--resume", resume, "--out", "links.csv")
        return try rows("links.csv").compactMap { $0["Link"] }
    }
}

/// Says which faults there are, where there are any.
func expectNone(_ faults: [String], _ place: String, sourceLocation: SourceLocation = #_sourceLocation) {
    if !faults.isEmpty {
        Issue.record("\(place): \(faults.joined(separator: "; "))", sourceLocation: sourceLocation)
    }
}

enum Spreadsheet {
    static func rows(_ text: String) throws -> [[String: String]] {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let headings = try #require(lines.first)
        return lines.dropFirst().map { Dictionary(zip(headings, $0)) { $1 } }
    }
}

/// A port below those that the system gives to connections and to servers on port 0 (`ip_local_port_range`): no other
/// test can be given it before the program takes it.
func freePort() -> Int {
    while true {
        let port = UInt16.random(in: 20_000..<32_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return Int(port) }
    }
}
