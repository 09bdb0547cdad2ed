import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Listeners")
struct ListenerTests {
    @Test("a successor's UNIX-domain socket outlives its predecessor's last connection", .timeLimit(.minutes(1)))
    func successor() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path("edge.sock")
        let (asked, askedSource) = AsyncStream.makeStream(of: Void.self)
        let (answered, answeredSource) = AsyncStream.makeStream(of: Void.self)
        let logger = Logger(label: "listener")
        let table = ConnectionTable(limit: 10, trusted: TrustedProxies(ranges: []), logger: logger)
        let pipeline = ConnectionPipeline(
            tls: nil, proxyProtocol: nil, load: RequestLoad(), table: table, limits: ServerLimits(),
            draining: Draining()
        ) { (_) in
            askedSource.yield()
            for await _ in answered { break }
            return Response(.noContent, [:])
        }
        func listen() async throws -> Listener {
            try await .bind(.unix(path: path), pipeline, logger: logger)
        }
        let old = try await listen()
        async let drained: Void = old.serve()
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path).get()
        try await client.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        for await _ in asked { break }
        old.drain()
        while access(path, F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        let new = try await listen()
        answeredSource.yield()
        try await drained
        #expect(access(path, F_OK) == 0)
        new.drain()
        try await new.serve()
        #expect(access(path, F_OK) != 0)
    }

    @Test("at no moment may everybody do anything with a UNIX-domain socket", .timeLimit(.minutes(1)))
    func mode() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path("edge.sock")
        let logger = Logger(label: "listener")
        let table = ConnectionTable(limit: 10, trusted: TrustedProxies(ranges: []), logger: logger)
        let pipeline = ConnectionPipeline(
            tls: nil, proxyProtocol: nil, load: RequestLoad(), table: table, limits: ServerLimits(),
            draining: Draining()
        ) { (_) in Response(.noContent, [:]) }
        let seen = Mutex<Set<mode_t>>([])
        let isOver = Atomic(false)
        // A thread that only looks sees what is there for some microseconds in most of the rounds.
        let watcher = Thread {
            while !isOver.load(ordering: .relaxed) {
                var status = stat()
                if lstat(path, &status) == 0 { _ = seen.withLock { $0.insert(status.st_mode & 0o777) } }
            }
        }
        watcher.start()
        for _ in 0..<200 {
            let listener = try await Listener.bind(
                .unix(path: path), pipeline, logger: logger)
            listener.drain()
            try await listener.serve()
        }
        isOver.store(true, ordering: .relaxed)
        while !watcher.isFinished { await Task.yield() }
        let modes = seen.withLock { $0 }
        #expect(modes.contains(0o660) && modes.allSatisfy { $0 & 0o007 == 0 }, "\(modes)")
    }

    @Test(
        "an address that can't be listened on says what is wrong with it",
        arguments: [
            ("1.2.3:99999", ["\"1.2.3\" is not an IPv4 address", "\"99999\" is not a port"]),
            ("127.0.0.1:65536", ["\"65536\" is not a port"]), ("127.0.0.1:+80", ["\"+80\" is not a port"]),
            ("127.0.0.1:", ["\"\" is not a port"]), ("127.0.0.1", ["the port is missing"]),
            ("[::1]", ["the port is missing"]),
            (":8080", ["the host is missing"]), ("::1:8080", ["brackets"]), ("[::g]:80", ["not an IPv6 address"]),
            ("[127.0.0.1]:80", ["not an IPv6 address"]), ("300.1.1.1:80", ["not an IPv4 address"]),
            ("unix:", ["the path is missing"]), ("unix:/\(String(repeating: "x", count: 107))", ["108 bytes", "107"]),
        ])
    func malformedAddress(text: String, parts: [String]) {
        let error = #expect(throws: MalformedListenAddress.self) { try ListenAddress(text) }
        for part in parts { #expect(error?.description.contains(part) == true, "\(String(describing: error))") }
    }

    @Test(
        "an address reads as it is written",
        arguments: ["127.0.0.1:8080", "[::1]:0", "[fe80::1%eth0]:80", "edge.example:443", "unix:/run/edge.sock"])
    func address(text: String) throws {
        #expect(try ListenAddress(text).description == text)
    }
}
