import Foundation
import Glibc
import Logging
import Testing

@testable import EdgeService

@Suite("Logs in JSON")
struct JSONLogTests {
    /// What is written to a log file by the body, line by line.
    private func lines(_ body: (Logger) -> Void) throws -> [[String: JSONValue]] {
        let path = FileManager.default.temporaryDirectory.path + "/linkseal-log-\(UUID().uuidString)"
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        let output = LogOutput(descriptor: descriptor)
        var logger = Logger(label: "edge") { JSONLogHandler(label: $0, output: output) }
        logger[metadataKey: "edge"] = "first"
        body(logger)
        close(descriptor)
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        // As the most generous reader splits lines, so that no entry passes for two.
        return try text.split(whereSeparator: \.isNewline).map {
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
        let text = String(repeating: "0123456789", count: 600)
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
}
