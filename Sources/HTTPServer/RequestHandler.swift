import NIOCore
import NIOHTTP1

/// Has the requests of a connection, or of a stream of HTTP/2, answered: one after the other, in the order in which they
/// arrived (RFC 9112 §9.3.2).
///
/// An answer that waits for nothing is written before the event loop turns to anything else, but only the first of those
/// that were asked for at once: the others wait for the ``FairScheduler``. It is sent with those of other
/// connections (``FlushCoalescer``). While requests wait behind one another, or the client does not read the answers that it got, no more is
/// read.
final class RequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Arrival {
        case none
        case body(of: HTTPRequestHead, ByteBuffer)
        /// The rest of a request that is being answered.
        case rest
    }

    private let handler: Server.Handler
    private let loop: EventLoopServices
    private let limiter: RequestLimitHandler
    private let turn: Turn
    private let isStream: Bool
    private let date: HTTPDate
    private let draining: Draining
    private var arrival = Arrival.none
    private var waiting = CircularBuffer<Request>()
    private var isAnswering = false
    private var isReading = false
    private var holdsRead = false
    private var isGoingOn = false
    private var waitsForTurn = false
    private var isRemoved = false
    /// Whether no request is taken any more after those that have arrived.
    private var isEnding = false
    /// Whether the answer is written that closes the connection.
    private var isEnded = false

    /// - Parameters:
    ///   - limiter: the channel's, which is told of answers.
    ///   - turn: the connection's, where the channel is one of its streams.
    init(
        loop: EventLoopServices, limiter: RequestLimitHandler, turn: Turn?, date: HTTPDate, draining: Draining,
        handler: @escaping Server.Handler
    ) {
        self.loop = loop
        self.limiter = limiter
        self.turn = turn ?? Turn()
        isStream = turn != nil
        self.date = date
        self.draining = draining
        self.handler = handler
    }

    // MARK: What arrives

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        switch (unwrapInboundIn(data), arrival) {
        case (.head(let head), _):
            let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            if !isStream, !head.keepsToItsVersion {
                take(head, .brokenOff, context)
            } else if announced > limiter.limits.bodyByteCount {
                take(head, .tooLarge(limit: limiter.limits.bodyByteCount), context)
            } else {
                if announced > 0, !isStream, isIdle, head.expectsContinue { askForBody(context) }
                arrival = .body(of: head, ByteBuffer())
            }
        case (.body(var bytes), .body(let head, var body)):
            arrival = .none
            if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
            if body.readableBytes > limiter.limits.bodyByteCount {
                take(head, .tooLarge(limit: limiter.limits.bodyByteCount), context)
            } else {
                arrival = .body(of: head, body)
            }
        case (.body, _): break
        case (.end, .body(let head, let body)):
            arrival = .none
            take(head, .whole(body), context)
        case (.end, _): arrival = .none
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if !isStream { turn.isTaken = false }
        context.fireChannelReadComplete()
    }

    func handlerRemoved(context: ChannelHandlerContext) { isRemoved = true }

    func read(context: ChannelHandlerContext) {
        if mayRead(context) { context.read() } else { holdsRead = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        guard !isEnded else { return }
        isEnding = true
        switch arrival {
        case .body(let head, _): take(head, .brokenOff, context)
        case .none where isIdle: write(Response(.badRequest, .guarded), to: nil, keepsAlive: false, context)
        case .none, .rest: break
        }
        arrival = .rest
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isEnding = true
            // What has arrived may not have been read yet: the event loop does that before it runs what is scheduled.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(50)) {
                let (handler, context) = bound.value
                if handler.isIdle, !handler.isRemoved { handler.close(context) }
            }
        case ChannelEvent.inputClosed:
            isEnding = true
            if isIdle { close(context) }
        case IdleStateHandler.IdleStateEvent.read where isIdle: close(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private var isIdle: Bool {
        if case .none = arrival { !isAnswering && waiting.isEmpty } else { false }
    }

    /// Before it is closed, what was written is sent.
    private func close(_ context: ChannelHandlerContext) {
        context.flush()
        context.close(promise: nil)
    }

    // MARK: Answering

    private func take(_ head: HTTPRequestHead, _ body: Request.Body, _ context: ChannelHandlerContext) {
        let request = Request(head: head, body: body, connection: limiter.connection)
        if !request.isWhole { arrival = .rest }
        limiter.requestTaken()
        waiting.append(request)
        goOn(context)
    }

    /// Some clients wait for that before they send a body (RFC 9110 §10.1.1), or for part of a second.
    private func askForBody(_ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func mayRead(_ context: ChannelHandlerContext) -> Bool { waiting.isEmpty && context.channel.isWritable }

    private func mayBegin(_ context: ChannelHandlerContext) -> Bool { !isAnswering && context.channel.isWritable }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn(context)
        context.fireChannelWritabilityChanged()
    }

    private func goOn(_ context: ChannelHandlerContext, hasTurn: Bool = false) {
        // Answers that wait for nothing come back here.
        guard !isGoingOn else { return }
        isGoingOn = true
        if mayBegin(context), hasTurn || isReading && !turn.isTaken, let next = waiting.popFirst() {
            if !hasTurn { turn.isTaken = true }
            begin(next, context)
        }
        isGoingOn = false
        if mayBegin(context), !waiting.isEmpty { waitForTurn(context) }
        if holdsRead, mayRead(context) {
            holdsRead = false
            context.read()
        }
    }

    private func waitForTurn(_ context: ChannelHandlerContext) {
        guard !waitsForTurn else { return }
        waitsForTurn = true
        loop.scheduler.enqueue { [self] in
            waitsForTurn = false
            guard !isRemoved else { return }
            goOn(context, hasTurn: true)
        }
    }

    private func begin(_ request: Request, _ context: ChannelHandlerContext) {
        isAnswering = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        Task.immediate(executorPreference: loop.executor) { [handler] in
            let response = await handler(request)
            let (channel, context) = bound.value
            channel.end(request, response, context)
        }
    }

    private func end(_ request: Request, _ response: consuming Response, _ context: ChannelHandlerContext) {
        isAnswering = false
        // The rest of a body that is too large or broken is not worth reading.
        let isLast =
            (isEnding || draining.isOn) && waiting.isEmpty || !request.isWhole
            || !isStream && request.head.offersOtherProtocol
        write(response, to: request.head, keepsAlive: request.head.isKeepAlive && !isLast, context)
        goOn(context)
    }

    private func write(
        _ response: consuming Response, to request: HTTPRequestHead?, keepsAlive: Bool, _ context: ChannelHandlerContext
    ) {
        var head = HTTPResponseHead(
            version: request?.version ?? .http1_1, status: response.status,
            headers: exchange(&response.headers, with: [:]))
        head.headers.add(name: "Date", value: date.now)
        // A year (RFC 6797 §6.1.1). Browsers must not believe it where TLS ends elsewhere (§7.2).
        if limiter.connection.isEncrypted {
            head.headers.add(name: "Strict-Transport-Security", value: "max-age=31536000")
        }
        if response.status.mayHaveResponseBody {
            head.headers.add(name: "Content-Length", value: String(response.body?.readableBytes ?? 0))
        }
        if !keepsAlive {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if head.version == .http1_0 {
            head.headers.add(name: "Connection", value: "keep-alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body = response.body, request?.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        limiter.answerWritten()
        // A stream ends with its answer anyway.
        guard keepsAlive || isStream else {
            isEnded = true
            // RFC 9112 §9.6: what was asked behind it must not be carried out.
            waiting.removeAll()
            context.flush()
            limiter.lastAnswerWritten()
            // Closing at once would reset the connection under an answer that the client has not read yet.
            context.close(mode: .output, promise: nil)
            return
        }
        loop.flushes.add { [self] in
            if !isRemoved { context.flush() }
        }
    }
}

extension HTTPRequestHead {
    /// Whether it names one host, as HTTP/1.1 must (RFC 9112 §3.2), or has no transfer coding, which HTTP/1.0 does not know
    /// (§6.1): a proxy in front may have taken it for another request.
    fileprivate var keepsToItsVersion: Bool {
        let hosts = headers["Host"].count
        return version == .http1_1 ? hosts == 1 : hosts <= 1 && !headers.contains(name: "Transfer-Encoding")
    }

    /// Older clients do not know of it, so that they must not be told (RFC 9110 §10.1.1).
    fileprivate var expectsContinue: Bool {
        version == .http1_1 && headers.first(name: "Expect")?.lowercased() == "100-continue"
    }

    /// Whether HTTP/1.1 may end with the request (RFC 9110 §7.8, §9.3.6): SwiftNIO parses nothing that follows it, also
    /// where the offer is not taken up.
    fileprivate var offersOtherProtocol: Bool { method == .CONNECT || headers.contains(name: "Upgrade") }
}
