import Dispatch
import Encoding
import Files
import Glibc
import LinkToken
import Logging
import NIOCore
import Synchronization

/// Logs one line for each entry, without waiting for it to be written.
///
/// ```swift
/// let logger = Logger(label: "linkseal") { LineLogHandler.standardError(label: $0, format: .json) }
/// logger.info("request", metadata: ["status": "200"])
/// // {"time":"2026-11-24T12:00:00.123Z","level":"info","logger":"linkseal","message":"request","status":"200"}
/// ```
///
/// Whatever is logged, it is one line: line separators and control characters are escaped.
public struct LineLogHandler: LogHandler {
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// `time level logger: message name=value …`. A value with a space, a quotation mark or an equals sign in it is
        /// quoted.
        case text
        /// One JSON object (RFC 8259) with the metadata as members beside `time`, `level`, `logger` and `message`. Numbers
        /// and truth values in the metadata keep their type; everything else is text.
        case json
    }

    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: Format
    private let output: LogOutput

    init(label: String, format: Format, output: LogOutput) {
        self.label = label
        self.format = format
        self.output = output
    }

    public static func standardError(label: String, format: Format) -> LineLogHandler {
        LineLogHandler(label: label, format: format, output: .standardError)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let own = event.metadata { all.merge(own) { $1 } }
        output.write { (lost) in
            // Those that were dropped before this entry, since nobody read them.
            if lost > 0 { all["lost"] = .stringConvertible(lost) }
            let members = all.sorted { $0.key < $1.key }
            return switch format {
            case .text: text(event, members)
            case .json: json(event, members)
            }
        }
    }

    /// The same as logging its message with its metadata at the level `info`.
    func log(_ record: RequestRecord) {
        guard metadata.isEmpty else {
            return log(
                event: LogEvent(
                    level: .info, message: "\(RequestRecord.message)", metadata: record.metadata, source: nil,
                    file: #fileID, function: #function, line: #line))
        }
        output.write { (lost) in
            switch format {
            case .text:
                var line = TextLineWriter(Self.now, Logger.Level.info.rawValue, label, RequestRecord.message)
                record.write(to: &line, lost: lost)
                return line.finish()
            case .json:
                return object(level: .info, message: RequestRecord.message, error: nil) {
                    record.write(to: &$0, lost: lost)
                }
            }
        }
    }

    private typealias Members = [(key: String, value: Logger.MetadataValue)]

    private func json(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        object(level: event.level, message: "\(event.message)", error: event.error) {
            for (name, value) in members {
                $0.name(Self.own.contains(name) ? name + "_" : name)
                $0.value(value)
            }
        }
    }

    private func object(
        level: Logger.Level, message: String, error: (any Error)?, _ members: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        var json = JSONWriter(reservingCapacity: 512)
        json.object {
            $0.member("time", Self.now)
            $0.member("level", level.rawValue)
            $0.member("logger", label)
            $0.member("message", message)
            $0.member("error", error.map { "\($0)" })
            members(&$0)
        }
        return ByteBuffer(bytes: json.bytes)
    }

    private func text(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        var line = TextLineWriter(Self.now, event.level.rawValue, label, "\(event.message)")
        if let error = event.error { line.member("error", "\(error)") }
        for (name, value) in members { line.member(name, "\(value)") }
        return line.finish()
    }

    /// The members that the metadata can't take the place of.
    private static let own: Set = ["time", "level", "logger", "message", "error"]

    /// RFC 3339, in UTC, to the millisecond.
    private static var now: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var seconds = UnixTime(rawValue: UInt32(clamping: now.tv_sec)).description
        let milliseconds = now.tv_nsec / 1_000_000
        return String(unsafeUninitializedCapacity: 24) { (text) in
            // Without the Z at its end.
            seconds.withUTF8 { text.baseAddress!.initialize(from: $0.baseAddress!, count: 19) }
            text[19] = UInt8(ascii: ".")
            for (index, divisor) in [(20, 100), (21, 10), (22, 1)] {
                text[index] = UInt8(ascii: "0") + UInt8(milliseconds / divisor % 10)
            }
            text[23] = UInt8(ascii: "Z")
            return 24
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let number as any BinaryInteger): bare("\(number)")
        case .stringConvertible(let number as Double) where number.isFinite: bare("\(number)")
        case .stringConvertible(let truth as Bool): bool(truth)
        case .stringConvertible(let other): string("\(other)")
        case .array(let values): array { for element in values { $0.value(element) } }
        case .dictionary(let members):
            object {
                for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                    $0.name(name)
                    $0.value(member)
                }
            }
        }
    }
}

/// Writes one line of a log for people: `time level logger: message name=value …`.
///
/// Whatever is written, it stays one line, and no value passes for two.
struct TextLineWriter {
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - time: needs no escape, and neither do level and label.
    ///   - message: whatever was logged.
    init(_ time: String, _ level: String, _ label: String, _ message: String) {
        bytes.reserveCapacity(256)
        bytes += time.utf8
        bytes.append(UInt8(ascii: " "))
        bytes += level.utf8
        bytes.append(UInt8(ascii: " "))
        bytes += label.utf8
        bytes += ": ".utf8
        bytes += (message.isBare ? message : JSONWriter.escaped(message)).utf8
    }

    consuming func finish() -> ByteBuffer { ByteBuffer(bytes: bytes) }

    private mutating func write(_ text: String) {
        if text.isBare {
            bytes += text.utf8
        } else {
            bytes.append(UInt8(ascii: "\""))
            bytes += JSONWriter.escaped(text).utf8
            bytes.append(UInt8(ascii: "\""))
        }
    }
}

extension TextLineWriter: LogMemberWriter {
    mutating func member(_ name: String, _ value: String) {
        begin(name)
        write(value)
    }

    mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        begin(name)
        bytes += String(value).utf8
    }

    mutating func number(_ name: String, _ value: String) {
        begin(name)
        bytes += value.utf8
    }

    private mutating func begin(_ name: String) {
        bytes.append(UInt8(ascii: " "))
        write(name)
        bytes.append(UInt8(ascii: "="))
    }
}

extension String {
    /// Whether it needs neither quotation marks nor escapes.
    fileprivate var isBare: Bool {
        var text = self
        return text.withUTF8 { (utf8) in
            !utf8.isEmpty
                && utf8.allSatisfy {
                    $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
                        && $0 != UInt8(ascii: "=")
                }
        }
    }
}

/// Where lines of a log go, one after the other whatever thread they come from.
///
/// They are written a few milliseconds later by a thread of its own, many at once: an event loop that logs a request waits
/// neither for the system nor for a reader that has stalled, such as a full disk's journal. Where more than ``limit`` bytes
/// wait, entries are dropped, and the next that is written says how many, as ``droppedCount`` does of all.
final class LogOutput: Sendable {
    /// Standard error. What waits is written when the process exits, but not when it is killed.
    static let standardError: LogOutput = {
        atexit { LogOutput.standardError.flush(within: .seconds(2)) }
        return LogOutput(descriptor: STDERR_FILENO)
    }()

    /// Bytes.
    static let limit = 1 << 20
    private static let delay = DispatchTimeInterval.milliseconds(5)

    private struct Waiting {
        var bytes: [UInt8] = []
        var lostCount = 0
        var droppedCount = 0
        var isScheduled = false
    }

    private let descriptor: CInt
    private let waiting = Mutex(Waiting())
    private let queue = DispatchQueue(label: "linkseal.log")

    init(descriptor: CInt) { self.descriptor = descriptor }

    /// - Parameter line: composes the line, without its end, given how many were dropped before it.
    func write(_ line: (_ lost: Int) -> ByteBuffer) {
        let lost = waiting.withLock { (waiting) -> Int? in
            guard waiting.bytes.count < Self.limit else {
                waiting.lostCount += 1
                waiting.droppedCount += 1
                return nil
            }
            return exchange(&waiting.lostCount, with: 0)
        }
        guard let lost else { return }
        let line = line(lost)
        let isFirst = waiting.withLock { (waiting) in
            line.withUnsafeReadableBytes { waiting.bytes.append(contentsOf: $0) }
            waiting.bytes.append(UInt8(ascii: "\n"))
            return !exchange(&waiting.isScheduled, with: true)
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.delay) { self.writeWaiting() } }
    }

    /// How many entries were dropped since the process began.
    var droppedCount: Int { waiting.withLock { $0.droppedCount } }

    /// Returns when everything that was given before is written, or when the time is over.
    func flush(within time: DispatchTimeInterval) {
        let isDone = DispatchSemaphore(value: 0)
        queue.async {
            self.writeWaiting()
            isDone.signal()
        }
        _ = isDone.wait(timeout: .now() + time)
    }

    /// What can't be written is lost: there is nobody to tell.
    private func writeWaiting() {
        let bytes = waiting.withLock { (waiting) in
            waiting.isScheduled = false
            return exchange(&waiting.bytes, with: [])
        }
        _ = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
    }
}
