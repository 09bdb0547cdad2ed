import Glibc
import LinkToken
import Logging
import NIOCore

/// Logs one line for each entry, without waiting for it to be written (``LogOutput``).
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
        /// and truth values that stand in the metadata as such stay what they are; everything else is text.
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
    func log(_ entry: RequestLogEntry) {
        guard metadata.isEmpty else {
            return log(
                event: LogEvent(
                    level: .info, message: "\(RequestLogEntry.message)", metadata: entry.metadata, source: nil,
                    file: #fileID, function: #function, line: #line))
        }
        output.write { (lost) in
            switch format {
            case .text:
                var line = TextLineWriter(Self.now, Logger.Level.info.rawValue, label, RequestLogEntry.message)
                entry.write(to: &line, lost: lost)
                return line.finish()
            case .json:
                var line = object(level: .info, message: RequestLogEntry.message, error: nil)
                entry.write(to: &line, lost: lost)
                return line.finish()
            }
        }
    }

    private typealias Members = [(key: String, value: Logger.MetadataValue)]

    private func json(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        var line = object(level: event.level, message: "\(event.message)", error: event.error)
        for (name, value) in members { line.add(name: Self.own.contains(name) ? name + "_" : name, value) }
        return line.finish()
    }

    private func object(level: Logger.Level, message: String, error: (any Error)?) -> JSONObjectWriter {
        var object = JSONObjectWriter()
        object.add("time", Self.now)
        object.add("level", level.rawValue)
        object.add("logger", label)
        object.add("message", message)
        object.add("error", error.map { "\($0)" })
        return object
    }

    private func text(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        var line = TextLineWriter(Self.now, event.level.rawValue, label, "\(event.message)")
        if let error = event.error { line.add(name: "error", "\(error)") }
        for (name, value) in members { line.add(name: name, "\(value)") }
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

extension JSONObjectWriter {
    fileprivate mutating func add(name: String, _ value: Logger.MetadataValue) {
        begin(name: name)
        write(value)
    }

    private mutating func write(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): write(text)
        case .stringConvertible(let number as any BinaryInteger): writeBare("\(number)")
        case .stringConvertible(let number as Double) where number.isFinite: writeBare("\(number)")
        case .stringConvertible(let truth as Bool): writeBare("\(truth)")
        case .stringConvertible(let other): write("\(other)")
        case .array(let values): writeArray(values) { $0.write($1) }
        case .dictionary(let members):
            writeObject(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) { $0.write($1) }
        }
    }
}
