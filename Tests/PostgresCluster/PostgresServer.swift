import Glibc

/// A PostgreSQL server of its own in a temporary directory, on a Unix socket, with every safeguard of durability on.
///
/// A process stands by that stops the server and removes the directory when this process ends, however it ends.
public final class PostgresServer: @unchecked Sendable {
    public static let binaries = "/usr/lib/postgresql/15/bin"

    /// Where the socket is.
    public let directory: String
    /// The socket itself.
    public var socket: String { "\(directory)/.s.PGSQL.5432" }
    private let janitor: Command
    private var data: String { "\(directory)/data" }
    private var wal: String { "\(directory)/wal" }

    /// Makes a server that has never run.
    private init() throws {
        var template = Array("/tmp/linkseal-pg-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        try Command.run(["chmod", "755", directory])
        if getuid() == 0 { try Command.run(["chown", "postgres", directory]) }
        // A server that stands still can only be killed, and the segment of shared memory outlives that.
        let script = """
            cat > /dev/null
            cd \(directory) && file=data/postmaster.pid
            if [ -f $file ]; then
                pid=$(sed -n 1p $file) segment=$(sed -n '7s/.* //p' $file)
                if [ "$(readlink /proc/$pid/cwd)" = \(directory)/data ]; then
                    kill -9 $pid $(cat /proc/$pid/task/$pid/children)
                fi
                ipcrm -m $segment
            fi
            umount -l wal
            rm -rf \(directory)
            """
        janitor = try Command(["setsid", "sh", "-c", "exec 2> /dev/null; \(script)"])
    }

    deinit {
        _ = janitor.end()
    }

    /// A server that runs, with an empty database.
    ///
    /// - Parameter walSize: of a file system of its own for the write-ahead log, in MiB. Needs root; ``resizeWAL(to:)``
    ///   makes more room.
    public static func start(_ settings: [String: String] = [:], walSize: Int? = nil) throws -> PostgresServer {
        let server = try PostgresServer()
        var arguments = ["-A", "trust", "-U", "linkseal", "--no-sync", "--no-instructions", "--no-locale"]
        if let walSize {
            try Command.run(["mkdir", server.wal])
            try Command.run(["mount", "-t", "tmpfs", "-o", "size=\(walSize)m", "tmpfs", server.wal])
            try Command.run(["mkdir", "\(server.wal)/log"])
            try Command.run(["chown", "postgres", "\(server.wal)/log"])
            arguments += ["--wal-segsize=1", "-X", "\(server.wal)/log"]
        }
        try server.run("initdb", arguments)
        try server.start(settings)
        return server
    }

    /// A standby that runs, made from a primary.
    public static func standby(of primary: PostgresServer, _ settings: [String: String] = [:]) throws -> PostgresServer
    {
        let server = try PostgresServer()
        try server.run(
            "pg_basebackup", "-D", server.data, "-h", primary.directory, "-U", "linkseal", "-R", "-X", "stream", "-c",
            "fast", "--no-sync")
        try server.start(settings)
        return server
    }

    public func resizeWAL(to size: Int) throws {
        try Command.run(["mount", "-o", "remount,size=\(size)m", wal])
    }

    public func start(_ settings: [String: String] = [:]) throws {
        let all = settings.merging(
            ["listen_addresses": "", "unix_socket_directories": directory, "max_connections": "100"]
        ) { first, _ in first }
        let options = all.sorted { $0.key < $1.key }.map { "-c \($0)='\($1)'" }.joined(separator: " ")
        try run("pg_ctl", "start", "-w", "-t", "30", "-l", "\(directory)/log", "-o", options)
    }

    /// - Parameter mode: smart, fast or immediate.
    public func stop(_ mode: String = "fast") throws {
        try run("pg_ctl", "stop", "-m", mode)
    }

    public func promote() throws {
        try run("pg_ctl", "promote", "-w")
    }

    /// Ends all of it at once, as a machine does that loses its power.
    public func kill() throws {
        let pids = try processes()
        for pid in pids { Glibc.kill(pid, SIGKILL) }
    }

    /// Has the processes stand still, or go on.
    public func signal(_ number: Int32) throws {
        for pid in try processes() { Glibc.kill(pid, number) }
    }

    /// The postmaster first.
    private func processes() throws -> [pid_t] {
        let text = try Command.run(["head", "-n", "1", "\(data)/postmaster.pid"])
        guard let postmaster = pid_t(text.prefix { $0 != "\n" }) else {
            throw Command.Failure(description: "no postmaster")
        }
        let children = try Command.run(["cat", "/proc/\(postmaster)/task/\(postmaster)/children"])
        return [postmaster] + children.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Where clients find it, or one of several.
    public static func uri(_ directories: String..., database: String = "postgres") -> String {
        "postgres://linkseal@/\(database)?host=\(directories.joined(separator: ","))"
    }

    public var uri: String { Self.uri(directory) }

    /// Runs SQL and returns unaligned rows.
    @discardableResult
    public func sql(_ text: String, database: String = "postgres") throws -> String {
        let output = try Command.run(
            [
                "\(Self.binaries)/psql", "-h", directory, "-U", "linkseal", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
                text, database,
            ])
        return String(output.dropLast())
    }

    /// Waits until SQL returns what is expected.
    public func wait(
        _ text: String, database: String = "postgres", is expected: String, seconds: Int = 20
    ) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var last = ""
        while .now < end {
            last = try sql(text, database: database)
            if last == expected { return }
            usleep(5000)
        }
        throw Command.Failure(description: "\(text) is \(last), not \(expected)")
    }

    /// The file in which the server writes what happens to it.
    public var log: String { (try? Command.run(["cat", "\(directory)/log"])) ?? "" }

    private func run(_ program: String, _ arguments: String...) throws { try run(program, arguments) }

    private func run(_ program: String, _ arguments: [String]) throws {
        try Command.run(
            Self.asUser(["env", "PGDATA=\(data)", "\(Self.binaries)/\(program)"] + arguments))
    }

    /// PostgreSQL refuses to run as root.
    private static func asUser(_ arguments: [String]) -> [String] {
        guard getuid() == 0 else { return arguments }
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + arguments
    }
}
