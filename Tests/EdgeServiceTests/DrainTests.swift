import Foundation
import Synchronization
import Testing

@testable import EdgeService

@Suite("Draining") struct DrainTests {
    @Test("connections that come while the edge drains are closed, and it ends as it should")
    func connectionsWhileDraining() async throws {
        for _ in 0..<20 {
            let (connected, connection) = AsyncStream.makeStream(of: Void.self)
            try await EdgeHarness.serving { (edge) in
                let port = UInt16(edge.port)
                Thread.detachNewThread {
                    while connects(to: port) { connection.yield() }
                    connection.finish()
                }
                _ = await connected.first { _ in true }
            }
            // Until it is refused.
            for await _ in connected {}
        }
    }
}

/// Opens a connection and closes it.
private func connects(to port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
