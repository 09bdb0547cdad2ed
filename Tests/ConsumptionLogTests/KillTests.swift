import Consumption
import ConsumptionLog
import Glibc
import LinkToken
import TestSupport
import Testing

@Suite struct `Killed processes` {
    let directory = TemporaryDirectory()

    /// `LINKSEAL_KILL_ROUNDS` kills so often, each time in the middle of starts, finishes and compactions.
    static let rounds = getenv("LINKSEAL_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 25

    @Test func `nothing that a killed process acknowledged is lost, and nothing starts twice`() async throws {
        var started: [Nonce: UnixTime] = [:]
        var finished: Set<Nonce> = []
        for round in 0..<Self.rounds {
            let hammer = try Hammer(log: directory.log, tasks: [1, 16, 256][round % 3])
            var output = hammer.read(lines: .random(in: 1...2000))
            hammer.kill()
            output += hammer.readToEnd()

            for line in output.split(separator: "\n") {
                let fields = line.split(separator: " ")
                let distribution = try #require(DistributionID(fields[1]), "round \(round): \(line)")
                let nonce = Nonce(distribution: distribution, serial: Serial(rawValue: try #require(UInt32(fields[2]))))
                if fields[0] == "s" {
                    #expect(started[nonce] == nil, "round \(round): \(nonce) started twice")
                    started[nonce] = UnixTime(rawValue: try #require(UInt32(fields[3])))
                } else {
                    finished.insert(nonce)
                }
            }
            let log = try ConsumptionLog.open(at: directory.log)
            for (nonce, time) in started {
                switch try await log.state(of: nonce) {
                case .started(time): break
                case .finished(time): break
                case let state: Issue.record("round \(round): \(nonce) was started at \(time) and is \(state)")
                }
            }
            for nonce in finished {
                guard case .finished = try await log.state(of: nonce) else {
                    Issue.record("round \(round): \(nonce) was finished")
                    continue
                }
            }
            await log.close()
        }
        #expect(started.count > Self.rounds * 10)
    }
}

/// A process that works on a log until it is killed.
private final class Hammer {
    private let process: pid_t
    private let output: Int32

    init(log: String, tasks: Int) throws {
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        let arguments = [Self.executable, log, String(tasks)]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let error = posix_spawn(&process, Self.executable, &actions, nil, &pointers, environ)
        Glibc.close(pipe[1])
        try #require(error == 0, "\(Self.executable): \(String(cString: strerror(error)))")
        self.process = process
        output = pipe[0]
    }

    deinit {
        Glibc.close(output)
    }

    /// Beside the executable that runs the tests.
    private static let executable: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let own = String(decoding: path[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.prefix(through: own.lastIndex(of: "/")!) + "ConsumptionLogHammer"
    }()

    func read(lines: Int) -> String {
        var bytes: [UInt8] = []
        var seen = 0
        while seen < lines, let more = next() {
            bytes += more
            seen += more.count { $0 == UInt8(ascii: "\n") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func readToEnd() -> String {
        var bytes: [UInt8] = []
        while let more = next() { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    func kill() {
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    private func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(output, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
