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
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: Format
    private let output: LogOutput

    init(label: String, format: Format, output: LogOutput, metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.format = format
        self.output = output
        self.metadataProvider = metadataProvider
    }

    /// - Parameter metadataProvider: what adds to each entry where it is logged, such as the trace.
    public static func standardError(
        label: String, format: Format, metadataProvider: Logger.MetadataProvider? = nil
    ) -> LineLogHandler {
        LineLogHandler(label: label, format: format, output: .standardError, metadataProvider: metadataProvider)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        output.write { (lost) in
            // Those that were dropped before this entry, since nobody read them.
            if lost > 0 { all["lost"] = .stringConvertible(lost) }
            let members = all.sorted { $0.key < $1.key }
            var line =
                switch format {
                case .text: text(event, members)
                case .json: json(event, members)
                }
            line.writeInteger(UInt8(ascii: "\n"))
            return line
        }
    }

    private typealias Members = [(key: String, value: Logger.MetadataValue)]

    private func json(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        var object = JSONObjectWriter()
        object.add("time", Self.now)
        object.add("level", event.level.rawValue)
        object.add("logger", label)
        object.add("message", "\(event.message)")
        object.add("error", event.error.map { "\($0)" })
        for (name, value) in members { object.add(name: Self.own.contains(name) ? name + "_" : name, value) }
        return object.finish()
    }

    private func text(_ event: LogEvent, _ members: Members) -> ByteBuffer {
        var line = "\(Self.now) \(event.level) \(label): \("\(event.message)".onOneLine)"
        if let error = event.error { line += " error=\("\(error)".asValue)" }
        for (name, value) in members { line += " \(name.asValue)=\("\(value)".asValue)" }
        return ByteBuffer(string: line)
    }

    /// The members that the metadata can't take the place of.
    private static let own: Set = ["time", "level", "logger", "message", "error"]

    /// RFC 3339, in UTC, to the millisecond.
    private static var now: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = String(now.tv_nsec / 1_000_000 + 1000).dropFirst()
        return UnixTime(rawValue: UInt32(clamping: now.tv_sec)).description.dropLast() + ".\(milliseconds)Z"
    }
}

extension String {
    /// Its quotation marks, backslashes, control characters and line separators escaped as in JSON.
    fileprivate var onOneLine: String { JSONObjectWriter.escaped(self) }

    fileprivate var asValue: String {
        let isBare = !isEmpty && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""\="#.utf8.contains($0) }
        return isBare ? self : "\"\(onOneLine)\""
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
