import Cryptography
import Dispatch
import Files
import Glibc
import NIOCore
import Synchronization

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
