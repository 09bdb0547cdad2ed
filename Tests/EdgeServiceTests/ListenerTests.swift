import Glibc
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import EdgeService

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
            tls: nil, proxyProtocol: nil, load: RequestLoad(), table: table, draining: Draining()
        ) { (_, _) in
            askedSource.yield()
            for await _ in answered { break }
            return Response(.noContent, [:])
        }
        func listen() async throws -> EdgeListener {
            try await .bind(.unix(path: path), pipeline, table, logger: logger)
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
}
