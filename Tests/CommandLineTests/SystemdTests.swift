import Foundation
import TestSupport
import Testing

/// The real server under a service manager, whose part the tests play.
struct SystemdTests {
    /// Starts `linkseal serve` as systemd does: with sockets from file descriptor 3 on, and a socket to report to.
    static func start(
        _ place: ProgramWorkspace, _ arguments: [String] = [], sockets: [ListeningSocket] = [], names: String = "",
        notify: String? = nil, environment: [String] = [], through command: [String] = []
    ) throws -> ChildProcess {
        // Only the process itself knows its number, which it keeps when it becomes another program.
        let shell = "LISTEN_PID=$$ exec \"$@\""
        var variables = environment
        if !sockets.isEmpty { variables += ["LISTEN_FDS=\(sockets.count)", "LISTEN_FDNAMES=\(names)"] }
        if let notify { variables.append("NOTIFY_SOCKET=\(notify)") }
        return try ChildProcess(
            "sh", ["-c", shell, "sh"] + command + [ProgramWorkspace.program, "serve"] + arguments, in: place.root,
            output: place.path("output"), environment: variables, descriptors: sockets.map(\.descriptor))
    }

    static func curl(_ arguments: String...) async throws -> String {
        try await ChildProcess.run("curl", ["--silent", "--max-time", "60"] + arguments).output
    }

    @Test func `sockets that were passed are served, and outlive a server that is killed`() async throws {
        let place = try await ProgramWorkspace()
        let web = try ListeningSocket()
        let local = try ListeningSocket(path: place.path("local.sock"))
        for _ in 0..<2 {
            let process = try Self.start(place, sockets: [web, local], names: "web:local")
            // Nobody waits until the server is there: connections queue in the socket.
            #expect(try await Self.curl("http://127.0.0.1:\(web.port)/healthz") == "ok\n")
            #expect(try await Self.curl("--unix-socket", place.path("local.sock"), "http://x/healthz") == "ok\n")
            process.send(SIGKILL)
            _ = await process.end()
        }
        let process = try Self.start(place, ["--listen", "systemd"], sockets: [web, local], names: "web:local")
        #expect(try await Self.curl("http://127.0.0.1:\(web.port)/healthz") == "ok\n")
        process.send(SIGTERM)
        #expect(await process.end() == .exited(0))
        #expect(FileManager.default.fileExists(atPath: place.path("local.sock")), "it is the manager's")
        #expect(try place.read("output").contains("address=systemd:web"))
    }

    @Test func `a socket is chosen by its name, and one that was not passed is named`() async throws {
        let place = try await ProgramWorkspace()
        let (web, other) = (try ListeningSocket(), try ListeningSocket())
        let process = try Self.start(place, ["--listen", "systemd:web"], sockets: [other, web], names: "other:web")
        #expect(try await Self.curl("http://127.0.0.1:\(web.port)/healthz") == "ok\n")
        process.send(SIGTERM)
        _ = await process.end()
        #expect(try !place.read("output").contains("systemd:other"))

        let none = try Self.start(place, ["--listen", "systemd:admin"], sockets: [web], names: "web")
        #expect(await none.end() == .exited(1))
        #expect(try place.read("output").contains("no socket named admin was passed, only web"))
        let empty = try Self.start(place, ["--listen", "systemd"])
        #expect(await empty.end() == .exited(1))
        #expect(try place.read("output").contains("no sockets were passed"))
    }

    @Test func `what can't be accepted from is refused, and sockets for another process are not touched`() async throws
    {
        let place = try await ProgramWorkspace()
        let command = [ProgramWorkspace.program, "serve", "--check"]
        let file = place.path("output")
        var process = try ChildProcess(
            "sh", ["-c", "LISTEN_PID=$$ exec \"$@\"", "sh"] + command, in: place.root, output: file,
            environment: ["LISTEN_FDS=1"])
        #expect(await process.end() == .exited(1))
        #expect(
            try place.read("output").contains("file descriptor 3, which was passed, is not a listening stream socket"))
        process = try ChildProcess(
            ProgramWorkspace.program, ["serve", "--check"], in: place.root, output: file,
            environment: ["LISTEN_FDS=1", "LISTEN_PID=1"])
        #expect(await process.end() == .exited(0))
    }

    @Test func `where CPUAffinity leaves it one core, it runs one event loop`() async throws {
        let place = try await ProgramWorkspace()
        let web = try ListeningSocket()
        // Such as 0-3,8.
        let allowed = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            .firstMatch(of: /Cpus_allowed_list:\t(\d+)/)
        let core = try #require(allowed?.1)
        let process = try Self.start(
            place, sockets: [web], names: "web", through: ["taskset", "--cpu-list", String(core)])
        #expect(try await Self.curl("http://127.0.0.1:\(web.port)/healthz") == "ok\n")
        let threads = "/proc/\(process.id)/task"
        let loops = try FileManager.default.contentsOfDirectory(atPath: threads).filter {
            // Other threads come and go.
            (try? String(contentsOfFile: "\(threads)/\($0)/comm", encoding: .utf8))?.hasPrefix("NIO-SGLTN") == true
        }
        #expect(loops.count == 1)
        process.send(SIGTERM)
        _ = await process.end()
    }

    @Test func `the manager is told of readiness, reloading and stopping`() async throws {
        let place = try await ProgramWorkspace()
        let manager = try DatagramListener(path: place.path("notify"))
        var messages = manager.messages.makeAsyncIterator()
        let process = try Self.start(place, ["--listen", "127.0.0.1:0"], notify: place.path("notify"))
        #expect(await messages.next() == "READY=1")
        process.send(SIGHUP)
        let reloading = try #require(await messages.next())
        #expect(reloading.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+/) != nil)
        #expect(await messages.next() == "READY=1")
        process.send(SIGTERM)
        #expect(await messages.next() == "STOPPING=1")
        #expect(await process.end() == .exited(0))
    }

    @Test func `the watchdog is patted for as long as the server runs`() async throws {
        let place = try await ProgramWorkspace()
        let manager = try DatagramListener(path: place.path("notify"))
        var messages = manager.messages.makeAsyncIterator()
        let process = try Self.start(
            place, ["--listen", "127.0.0.1:0"], notify: place.path("notify"), environment: ["WATCHDOG_USEC=200000"])
        #expect(await messages.next() == "READY=1")
        for _ in 0..<3 { #expect(await messages.next() == "WATCHDOG=1") }
        process.send(SIGTERM)
        _ = await process.end()
    }

    @Test func `nobody is told that a server is ready which could not listen`() async throws {
        let place = try await ProgramWorkspace()
        let manager = try DatagramListener(path: place.path("notify"))
        let taken = try ListeningSocket()
        let process = try Self.start(
            place, ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:\(taken.port)"], notify: place.path("notify"))
        #expect(await process.end() == .exited(1))
        #expect(try place.read("output").contains("can't listen on 127.0.0.1:\(taken.port): Address already in use"))
        // What this test sends comes after all that the server sent.
        let mark = try ChildProcess(
            "python3",
            [
                "-c", "import socket,sys; socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(b'mark',sys.argv[1])",
                place.path("notify"),
            ])
        _ = await mark.end()
        for await message in manager.messages {
            #expect(message == "mark" || message == "STOPPING=1")
            if message == "mark" { break }
        }
    }

    @Test func `a socket that a killed server left is replaced, one in use and other files are not`() async throws {
        let place = try await ProgramWorkspace()
        let path = place.path("edge.sock")
        let listen = ["--listen", "unix:edge.sock"]
        let manager = try DatagramListener(path: place.path("notify"))
        var messages = manager.messages.makeAsyncIterator()
        let first = try Self.start(place, listen, notify: place.path("notify"))
        #expect(await messages.next() == "READY=1")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)

        let other = try await ProgramWorkspace()
        let second = try Self.start(other, ["--listen", "unix:\(path)"])
        #expect(await second.end() == .exited(1))
        #expect(try other.read("output").contains("can't listen on unix:\(path): another process does"))

        first.send(SIGKILL)
        _ = await first.end()
        #expect(FileManager.default.fileExists(atPath: path))
        let third = try Self.start(place, listen, notify: place.path("notify"))
        #expect(await messages.next() == "READY=1")
        #expect(try await Self.curl("--unix-socket", path, "http://x/healthz") == "ok\n")
        third.send(SIGTERM)
        #expect(await third.end() == .exited(0))
        #expect(!FileManager.default.fileExists(atPath: path))

        try place.write("mine", to: "edge.sock")
        let fourth = try Self.start(place, listen)
        #expect(await fourth.end() == .exited(1))
        #expect(try place.read("output").contains("a file that is not a socket exists there"))
        #expect(try place.read("edge.sock") == "mine")
    }
}
