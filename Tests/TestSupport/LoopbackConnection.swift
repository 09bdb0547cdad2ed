import Glibc

/// A TCP connection to a port of this machine that sends exactly the bytes it is given: for requests that no client
/// library would make. Its calls block, and belong on a thread of their own.
public final class LoopbackConnection: Sendable {
    private let descriptor: Int32
    private let patience: Int

    /// - Parameter patience: seconds that a read waits for the next bytes.
    public init(port: Int, patience: Int) {
        descriptor = connectedSocket(port: port)
        precondition(descriptor >= 0, "can't connect")
        self.patience = patience
        // Waited for a second at a time: a virtual machine that is paused costs one of them, not all patience at once.
        var timeout = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// False when the other side has closed.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Everything until the other side closes, or until reading fails with an error number.
    public func readToEnd() -> (text: String, failure: Int32?) { read { _ in false } }

    /// Everything until the bytes are enough, the other side closes, or reading fails with an error number.
    public func read(until isEnough: ([UInt8]) -> Bool) -> (text: String, failure: Int32?) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var waited = 0
        while !isEnough(bytes) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            let failure = count < 0 ? errno : nil
            if failure == EINTR { continue }
            if failure == EAGAIN, waited + 1 < patience {
                waited += 1
                continue
            }
            guard count > 0 else { return (String(decoding: bytes, as: UTF8.self), failure) }
            waited = 0
            bytes += chunk[..<count]
        }
        return (String(decoding: bytes, as: UTF8.self), nil)
    }
}
