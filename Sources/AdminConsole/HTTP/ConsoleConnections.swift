import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// HTTP/1.1 on the connections of the console.
///
/// One that is accepted while the console ends is handled by nobody, and is closed then: SwiftNIO stops the process over
/// an asynchronous channel that goes away without having been run.
struct ConsoleConnections: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Accepted> {
        http.setup(channel: channel, logger: logger).map(Accepted.init)
    }

    func handle(value: Accepted, logger: Logger) async {
        await http.handle(value: value.take(), logger: logger)
    }

    /// A connection that was accepted, to be handled once.
    final class Accepted: ServerChildChannelValue {
        private let value: HTTP1Channel.Value
        private let isTaken = Mutex(false)

        init(_ value: HTTP1Channel.Value) { self.value = value }

        deinit {
            guard !isTaken.withLock({ $0 }) else { return }
            Task { [value] in try? await value.executeThenClose { (_, _) in } }
        }

        var channel: any Channel { value.channel }

        /// Whoever takes it handles it.
        func take() -> HTTP1Channel.Value {
            isTaken.withLock { $0 = true }
            return value
        }
    }
}
