import Foundation
import Glibc

/// A port of loopback that nobody listens on, below those that the system gives to connections and to servers on port 0
/// (`ip_local_port_range`, 32768 and up): other tests that run meanwhile can't take it before the program does.
public func freePort() -> Int {
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
