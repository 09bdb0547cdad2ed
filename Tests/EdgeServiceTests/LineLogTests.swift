import Consumption
import Foundation
import Glibc
import LinkToken
import Logging
import Synchronization
import TestSupport
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("Logs")
struct LineLogTests {
    /// What is written to a log file by the body.
    private func written(_ format: LineLogHandler.Format, _ body: (Logger) -> Void) throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/linkseal-log-\(UUID().uuidString)"
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        let output = LogOutput(descriptor: descriptor)
        var logger = Logger(label: "edge") { LineLogHandler(label: $0, format: format, output: output) }
        logger[metadataKey: "edge"] = "first"
        body(logger)
        output.flush(within: .seconds(60))
        close(descriptor)
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return text
    }

    /// The entries that the body logs in JSON.
    private func lines(_ body: (Logger) -> Void) throws -> [[String: JSONValue]] {
        try entries(written(.json, body))
    }

    /// Split as the most generous reader splits lines, so that no entry passes for two.
    private func entries(_ text: String) throws -> [[String: JSONValue]] {
        try text.split(whereSeparator: \.isNewline).map {
            try JSONDecoder().decode([String: JSONValue].self, from: Data($0.utf8))
        }
    }

    @Test("an entry has time, level, message and metadata, with numbers as numbers")
    func entry() throws {
        let entries = try lines { (logger) in
            logger.notice(
                "listening",
                metadata: ["port": .stringConvertible(8080), "ms": .stringConvertible(0.125), "fast": "true"])
            logger.debug("not logged at this level")
        }
        let entry = try #require(entries.first)
        #expect(entries.count == 1)
        #expect(entry["level"] == .string("notice") && entry["message"] == .string("listening"))
        #expect(entry["logger"] == .string("edge") && entry["edge"] == .string("first"))
        #expect(entry["port"] == .number(8080) && entry["ms"] == .number(0.125) && entry["fast"] == .string("true"))
        let time = try #require(entry["time"]?.string)
        #expect(time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/) != nil)
    }

    @Test(
        "whatever is logged stays one line and comes back as it was",
        arguments: [
            "\"}\n{\"level\":\"error\"", "a\r\nb\tc\u{0}\u{1F}\u{7F}", "\u{85}\u{2028}\u{2029}", "\\u0041\\",
            "Zoë 日本 🦭",
            "", "\u{202E}gnp.exe",
        ])
    func hostileText(text: String) throws {
        let entries = try lines {
            $0.warning("\(text)", metadata: ["key \(text)": "\(text)", "nested": ["x": "\(text)"]])
        }
        #expect(entries.count == 1)
        #expect(entries.first?["message"] == .string(text))
        #expect(entries.first?["key \(text)"] == .string(text))
        #expect(entries.first?["nested"] == .object(["x": text]))
    }

    @Test("metadata does not take the place of what every entry has")
    func reservedNames() throws {
        let entry = try #require(try lines { $0.error("real", metadata: ["message": "false", "level": "info"]) }.first)
        #expect(entry["message"] == .string("real") && entry["message_"] == .string("false"))
        #expect(entry["level"] == .string("error") && entry["level_"] == .string("info"))
    }

    @Test("entries of many threads don't run into each other")
    func concurrentEntries() async throws {
        let text = String(repeating: "0123456789", count: 150)
        let entries = try lines { (logger) in
            let threads = (0..<8).map { (number) in
                let thread = Thread { for _ in 0..<50 { logger.info("\(text)", metadata: ["thread": "\(number)"]) } }
                thread.start()
                return thread
            }
            while !threads.allSatisfy(\.isFinished) { sched_yield() }
        }
        #expect(entries.count == 400)
        #expect(entries.allSatisfy { $0["message"] == .string(text) })
    }

    @Test("nothing that is logged turns the direction of a line", arguments: LineLogHandler.Format.allCases)
    func direction(format: LineLogHandler.Format) throws {
        let text = try written(format) {
            $0.notice("a\u{202E}b\u{2066}", metadata: ["c\u{200F}": "d\u{61C}", "e": ["f": "\u{2069}"]])
        }
        #expect(!text.unicodeScalars.contains { $0.properties.isBidiControl })
        #expect(text.contains("a\\u202eb\\u2066"))
    }

    @Test("in text, what could be taken for another value or another entry is quoted and escaped")
    func text() throws {
        let text = try written(.text) {
            $0.notice("two\nlines", metadata: ["a": "plain", "b": "with space", "c": "x=1 \"\u{2028}", "d": ""])
        }
        #expect(text.split(whereSeparator: \.isNewline).count == 1)
        let (time, rest) = (text.prefix(24), text.dropFirst(24))
        #expect(time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/) != nil)
        #expect(
            rest == #" notice edge: two\nlines a=plain b="with space" c="x=1 \"\u2028" d="" edge=first"# + "\n")
    }

    @Test("a request's entry says the same by its short way and by that of every entry", arguments: [false, true])
    func request(isRefused: Bool) throws {
        let nonce = Nonce(distribution: DistributionID(rawValue: 0x69A2_4159_DEF3_7229)!, serial: Serial(rawValue: 7))
        let entry: RequestRecord = {
            var entry = RequestRecord(method: "POST", route: .link, client: ClientAddress("203.0.113.9"))
            entry.status = isRefused ? 410 : 303
            entry.outcome = isRefused ? .refused(.start(.alreadyStarted)) : .started
            entry.duration = .microseconds(15_567)
            entry.details = isRefused ? nil : StartDetails(startedBy: .mobileBrowser)
            entry.nonce = isRefused ? nil : nonce
            return entry
        }()
        func both(_ logger: Logger) {
            var logger = logger
            logger[metadataKey: "edge"] = nil
            (logger.handler as? LineLogHandler)?.log(entry)
            logger.info("request", metadata: entry.metadata)
        }
        let texts = try written(.text, both).split(separator: "\n").map { $0.dropFirst(24) }
        #expect(texts.count == 2 && texts[0] == texts[1])
        var objects = try lines(both)
        for index in objects.indices { objects[index]["time"] = nil }
        #expect(objects.count == 2 && objects[0] == objects[1])
        #expect(objects[0]["ms"] == .number(15.567) && objects[0]["message"] == .string("request"))
        // With metadata of its own the logger adds that.
        let entries = try lines { ($0.handler as? LineLogHandler)?.log(entry) }
        #expect(entries.first?["edge"] == .string("first") && entries.first?["outcome"] == .string(entry.outcome.code))
    }

    @Test("a reader that stalls holds nobody up, and is told later how many entries were dropped")
    func stalledReader() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let output = LogOutput(descriptor: ends[1])
        let logger = Logger(label: "edge") { LineLogHandler(label: $0, format: .json, output: output) }
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<5000 { logger.info("\(text)") }
        let read = Mutex(Data())
        let reader = Thread { [end = ends[0]] in
            let all = FileHandle(fileDescriptor: end, closeOnDealloc: true).readDataToEndOfFile()
            read.withLock { $0 = all }
        }
        reader.start()
        output.flush(within: .seconds(60))
        logger.info("afterwards")
        output.flush(within: .seconds(60))
        close(ends[1])
        while !reader.isFinished { sched_yield() }
        let entries = try entries(String(decoding: read.withLock { $0 }, as: UTF8.self))
        let last = try #require(entries.last)
        guard case .number(let lost)? = last["lost"] else {
            Issue.record("none was dropped")
            return
        }
        #expect(last["message"] == .string("afterwards") && entries.count - 1 + Int(lost) == 5000)
        #expect(output.droppedCount == Int(lost))
    }
}
