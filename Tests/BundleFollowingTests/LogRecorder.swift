import Logging
import Synchronization

/// Keeps what is logged, and lets a test wait for it.
final class LogRecorder: Sendable {
    struct Entry: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata

        var code: String? { metadata["code"].map { "\($0)" } }
    }

    private let kept = Mutex<[Entry]>([])
    private let stream: AsyncStream<Entry>
    private let continuation: AsyncStream<Entry>.Continuation

    var entries: [Entry] { kept.withLock { $0 } }

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Entry.self)
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    /// The next entry, in order, that is one of those asked for.
    func wait(until isWanted: (Entry) -> Bool) async -> Entry? {
        for await entry in stream where isWanted(entry) { return entry }
        return nil
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let entry = Entry(
                level: event.level, message: "\(event.message)", metadata: (event.metadata ?? [:]).mapValues { "\($0)" }
            )
            recorder.kept.withLock { $0.append(entry) }
            recorder.continuation.yield(entry)
        }
    }
}
