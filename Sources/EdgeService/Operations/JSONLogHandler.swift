import Glibc
import LinkToken
import Logging
import NIOCore
import Synchronization

/// Logs one JSON object (RFC 8259) to a line: `time` (RFC 3339, UTC), `level`, `message`, and the metadata as members
/// beside them.
///
/// ```swift
/// let logger = Logger(label: "linkseal") { JSONLogHandler.standardError(label: $0) }
/// logger.info("request", metadata: ["status": "200"])
/// // {"time":"2026-11-24T12:00:00.123Z","level":"info","logger":"linkseal","message":"request","status":"200"}
/// ```
///
/// Numbers and truth values that stand in the metadata as such stay what they are; everything else is text. Whatever is
/// logged, it is one line: line separators and control characters are escaped.
public struct JSONLogHandler: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput

    init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// - Parameter metadataProvider: what adds to each entry where it is logged, such as the trace.
    public static func standardError(
        label: String, metadataProvider: Logger.MetadataProvider? = nil
    ) -> JSONLogHandler {
        var handler = JSONLogHandler(label: label, output: .standardError)
        handler.metadataProvider = metadataProvider
        return handler
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var object = JSONObjectWriter()
        object.add("time", Self.text(of: now))
        object.add("level", event.level.rawValue)
        object.add("logger", label)
        object.add("message", "\(event.message)")
        object.add("error", event.error.map { "\($0)" })
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            object.add(name: Self.own.contains(name) ? name + "_" : name, value)
        }
        var line = object.finish()
        line.writeInteger(UInt8(ascii: "\n"))
        output.write(line)
    }

    /// The members that the metadata can't take the place of.
    private static let own: Set = ["time", "level", "logger", "message", "error"]

    private static func text(of time: timespec) -> String {
        let milliseconds = String(time.tv_nsec / 1_000_000 + 1000).dropFirst()
        return UnixTime(rawValue: UInt32(clamping: time.tv_sec)).description.dropLast() + ".\(milliseconds)Z"
    }
}

/// Where lines of a log go, one after the other whatever thread they come from.
final class LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let descriptor: Mutex<CInt>

    init(descriptor: CInt) {
        self.descriptor = Mutex(descriptor)
    }

    /// A line that can't be written is lost: there is nobody to tell.
    func write(_ line: ByteBuffer) {
        descriptor.withLock { (descriptor) in
            line.withUnsafeReadableBytes { (bytes) in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }
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
