import HummingbirdCore
import HummingbirdHTTP2
import NIOCore
import NIOHTTP2
import Synchronization

extension ConnectionPipeline {
    /// A connection that was accepted, to be handled once.
    ///
    /// One that arrives while its listener closes is handled by nobody; then it is closed. Its channel alone must not go
    /// away: SwiftNIO stops the process over an asynchronous channel that was never run.
    final class Accepted: Sendable {
        enum Stage: Sendable {
            case http1(HTTP1Channel, HTTP1Channel.Value)
            case negotiating(EventLoopFuture<NIONegotiatedHTTPVersion<HTTP1, HTTP2>>)
        }

        private let stage: Stage
        private let isTaken = Mutex(false)

        init(_ stage: Stage) { self.stage = stage }

        deinit {
            guard !isTaken.withLock({ $0 }) else { return }
            Task { [stage] in await Self.close(stage) }
        }

        var eventLoop: any EventLoop {
            switch stage {
            case .http1(_, let value): value.channel.eventLoop
            case .negotiating(let negotiated): negotiated.eventLoop
            }
        }

        /// Whoever takes it handles it.
        func take() -> Stage {
            isTaken.withLock { $0 = true }
            return stage
        }

        private static func close(_ stage: Stage) async {
            switch stage {
            case .http1(_, let value): try? await value.executeThenClose { (_, _) in }
            case .negotiating(let negotiated):
                switch try? await negotiated.get() {
                case .http1_1(let (_, value)): try? await value.executeThenClose { (_, _) in }
                case .http2(let (_, value)): try? await value.channel.close()
                case nil: break
                }
            }
        }
    }
}
