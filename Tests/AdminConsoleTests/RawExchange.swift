import Foundation
import TestSupport

/// Sends exactly the bytes that it is given: for requests that no client library would make.
enum RawExchange {
    /// - Returns: everything that came back until the other side closed.
    static func answer(port: Int, to text: String) async -> String {
        await withCheckedContinuation { (continuation) in
            // Waiting on a thread of the pool would keep the console from answering.
            Thread.detachNewThread { continuation.resume(returning: converse(port, text)) }
        }
    }

    private static func converse(_ port: Int, _ text: String) -> String {
        let connection = LoopbackConnection(port: port, patience: 120)
        // It may have heard enough before all is sent.
        connection.send(Array(text.utf8))
        let (answer, failure) = connection.readToEnd()
        return answer + (failure.map { " (then recv failed: \(String(cString: strerror($0))))" } ?? "")
    }
}
