import Instrumentation
import Logging
import NIOHTTP1
import Tracing

/// A tracer that keeps requests in the traces that `traceparent` names, and exports nothing: with
/// ``Logging/Logger/MetadataProvider/traceContext`` the log names the trace of each entry.
///
/// Whoever builds an edge into a program of their own gives ``Edge`` a tracer that exports spans instead.
public struct TraceContextTracer: Tracer {
    public init() {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context.traceContext = extractor.extract(key: "traceparent", from: carrier)
            .flatMap(TraceContext.init(traceparent:))
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> NoOpTracer.NoOpSpan {
        var context = context()
        context.traceContext = TraceContext(within: context.traceContext)
        return NoOpTracer.NoOpSpan(context: context)
    }

    public func forceFlush() {}
}

extension ServiceContext {
    private enum Key: ServiceContextKey {
        typealias Value = TraceContext
    }

    /// Where in a trace this is.
    public internal(set) var traceContext: TraceContext? {
        get { self[Key.self] }
        set { self[Key.self] = newValue }
    }
}

extension Logger.MetadataProvider {
    /// `trace_id`, `span_id` and, where somebody called within the trace, `parent_id`: as OpenTelemetry names them in logs.
    public static let traceContext = Logger.MetadataProvider {
        guard let trace = ServiceContext.current?.traceContext else { return [:] }
        var metadata: Logger.Metadata = ["trace_id": .string(trace.traceID), "span_id": .string(trace.spanID)]
        if let parent = trace.parentID { metadata["parent_id"] = .string(parent) }
        return metadata
    }
}

/// Reads the fields of a request.
struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPHeaders) -> String? {
        let lines = headers[key]
        // Two are as good as none (W3C Trace Context §3.2).
        return lines.count == 1 ? lines[0] : nil
    }
}
