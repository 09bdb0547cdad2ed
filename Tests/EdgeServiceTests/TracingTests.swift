import Foundation
import InMemoryTracing
import Testing
import Tracing

@testable import EdgeService

@Suite("Traces")
struct TracingTests {
    static let field = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(
        "what the recommendation allows is read, of later versions the part that is known",
        arguments: [
            (field, true), ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", true),
        ])
    func read(field: String, isSampled: Bool) throws {
        let trace = try #require(TraceContext(traceparent: field))
        #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.spanID == "b7ad6b7169203331")
        #expect(trace.isSampled == isSampled)
    }

    @Test(
        "everything else is none",
        arguments: [
            "", "00", "ff" + field.dropFirst(2), field + "-x", field + ".", String(field.dropLast()),
            field.uppercased(), field.replacing("-", with: "_"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", "cc" + field.dropFirst(2) + ".future",
            "é" + field.dropFirst(2),
        ])
    func refused(field: String) { #expect(TraceContext(traceparent: field) == nil) }

    @Test("a span is in its caller's trace, and without a caller in one of its own")
    func spans() throws {
        let caller = try #require(TraceContext(traceparent: Self.field))
        let span = TraceContext(within: caller)
        #expect(span.traceID == caller.traceID && span.parentID == caller.spanID && span.spanID != caller.spanID)
        #expect(span.isSampled)
        let (first, second) = (TraceContext(within: nil), TraceContext(within: nil))
        #expect(first.traceID != second.traceID && first.parentID == nil)
        #expect(TraceContext(traceparent: first.traceparent)?.traceID == first.traceID)
    }

    @Test("a tracer gets each request as a span in its caller's trace, which says what came of it and holds no token")
    func exported() async throws {
        let tracer = InMemoryTracer()
        try await EdgeHarness.serving(tracer: tracer) { (edge) in
            let token = try edge.token()
            let headers = [
                ("Content-Type", "application/json"), (InMemoryTracer.traceIDKey, "trace-of-caller"),
                (InMemoryTracer.spanIDKey, "span-of-caller"),
            ]
            #expect(
                try await edge.request("POST", "/v1/start", headers: headers, body: "{\"token\":\"\(token)\"}").status
                    == 200)
            #expect(try await edge.get("/l/\(token)?x=1").status == 200)
            let spans = tracer.finishedSpans
            try #require(spans.map(\.operationName) == ["POST /v1/start", "GET /l/{token}"])
            #expect(spans[0].traceID == "trace-of-caller" && spans[0].parentSpanID == "span-of-caller")
            #expect(spans[1].traceID != "trace-of-caller")
            #expect(spans[0].attributes.get("linkseal.outcome") == .string("started"))
            #expect(spans[0].attributes.get("http.response.status_code") == .int64(200))
            #expect(!"\(spans)".contains(token))
        }
    }
}
