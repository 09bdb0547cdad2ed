import Foundation
import Glibc
import NIOPosix
import TestSupport
import Testing

/// A TCP connection that sends exactly the bytes it is given: for requests that no client library would make.
final class RawConnection {
    private let connection: LoopbackConnection
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    init(port: Int) { connection = LoopbackConnection(port: port, patience: 120) }

    /// Holds a conversation on a thread of its own, since waiting here would keep the edge from answering.
    static func converse<Result: Sendable>(
        port: Int, _ body: @escaping @Sendable (RawConnection) -> Result
    ) async throws -> Result {
        try await threads.runIfActive { body(RawConnection(port: port)) }
    }

    /// Sends the text and returns everything that comes back.
    static func answer(port: Int, to text: String) async throws -> String {
        try await converse(port: port) { (raw) in
            raw.send(text)
            return raw.readToEnd()
        }
    }

    /// False when the other side has closed.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool { connection.send(bytes) }

    /// What comes until so many answers have begun.
    func readAnswers(_ count: Int) -> String {
        connection.read { String(decoding: $0, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").count > count }.text
    }

    /// Everything until the other side closes.
    func readToEnd() -> String {
        let (text, failure) = connection.readToEnd()
        if failure == EAGAIN { Issue.record("the edge left the connection open") }
        return text
    }
}
