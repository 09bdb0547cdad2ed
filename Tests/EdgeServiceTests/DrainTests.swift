import Logging
import NIOCore
import NIOPosix
import Testing

@testable import EdgeService

@Suite("Draining") struct DrainTests {
    /// As one is that the kernel accepted just before its listener closed. SwiftNIO stops the process over a connection's
    /// channel that nobody runs.
    @Test("a connection that nobody handles is closed")
    func unhandledConnection() async throws {
        let pipeline = ConnectionPipeline(
            tls: nil, proxyProtocol: nil, load: RequestLoad(), logger: Logger(label: "edge")
        ) { (_, _, _) in Issue.record("it has no request") }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { pipeline.setUp($0, isLocal: false).map { (_) in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        #expect(try await RawConnection.converse(port: port) { $0.readToEnd() } == "")
        try await listener.close()
    }
}
