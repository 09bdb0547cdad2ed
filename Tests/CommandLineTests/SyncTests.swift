import Foundation
import Glibc
import TestSupport
import Testing

/// The system calls of the real server, as strace sees them.
@Suite struct SyncTests {
    @Test(.timeLimit(.minutes(3)))
    func `no reply that an event rests on leaves before the event was written and synced`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 60)
        let tokens = try place.tokens()
        let trace = place.path("trace")
        let server = try await Server(
            place,
            under: [
                "strace", "-f", "-o", trace, "-xx", "-s", "65536", "-e", "signal=none", "-e",
                "trace=pwrite64,fdatasync,write,writev,sendto,sendmsg",
            ])
        let outcomes = try await withThrowingTaskGroup(of: [String].self) { (group) in
            for worker in 0..<8 {
                group.addTask {
                    var outcomes: [String] = []
                    for index in stride(from: worker, to: tokens.count, by: 8) {
                        outcomes.append(try await server.start(tokens[index]).outcome)
                        outcomes.append(try await server.finish(tokens[index]).outcome)
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(outcomes.count { $0 == "started" } == tokens.count)
        #expect(outcomes.count { $0 == "finished" } == tokens.count)
        await server.terminate()

        var reader = TraceReader()
        for line in try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n") { try reader.read(line) }
        #expect(reader.early == [])
        #expect(reader.replies.count == 2 * tokens.count)
        #expect(reader.syncs > 0)
    }
}

/// An event of a link, as records and replies tell it.
private struct Event: Hashable {
    var outcome: String
    var serial: UInt32
}

/// Follows which events are on the disk when a reply about them begins to leave.
private struct TraceReader {
    /// Written, and not synced since, by file descriptor.
    private var written: [Substring: Set<Event>] = [:]
    private var durable: Set<Event> = []
    /// What a call that has not ended yet is about, by thread.
    private var unfinished: [Substring: Call] = [:]
    private(set) var replies: Set<Event> = []
    /// Replies that left too early.
    private(set) var early: [Event] = []
    private(set) var syncs = 0

    private enum Call {
        case write(Substring, Set<Event>)
        case sync(Substring, Set<Event>)
    }

    mutating func read(_ line: Substring) throws {
        // A call that blocks is shown twice: where it begins, with its arguments, and where it ends, with its result.
        if let end = line.wholeMatch(of: /(\d+) +<\.\.\. \w+ resumed>.* = (-?\d+).*/) {
            if let call = unfinished.removeValue(forKey: end.1), !end.2.hasPrefix("-") { finish(call) }
            return
        }
        guard let begin = line.prefixMatch(of: /(\d+) +(\w+)\((\d+)/) else { return }
        let (thread, name, descriptor) = (begin.1, begin.2, begin.3)
        let call: Call
        switch name {
        case "pwrite64":
            call = .write(descriptor, Self.events(inRecords: Self.bytes(in: line)))
        case "fdatasync":
            call = .sync(descriptor, written[descriptor, default: []])
        default:
            for event in Self.events(inReply: Self.bytes(in: line)) {
                replies.insert(event)
                if !durable.contains(event) { early.append(event) }
            }
            return
        }
        if line.hasSuffix("<unfinished ...>") {
            unfinished[thread] = call
        } else if line.contains(/\) += \d+/) {
            finish(call)
        }
    }

    private mutating func finish(_ call: Call) {
        switch call {
        case .write(let descriptor, let events):
            written[descriptor, default: []].formUnion(events)
        case .sync(let descriptor, let events):
            // Those that were written before it began.
            written[descriptor]?.subtract(events)
            durable.formUnion(events)
            syncs += 1
        }
    }

    private static func bytes(in line: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = line.utf8[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            let digits = rest[backslash...].dropFirst(2).prefix(2)
            if let byte = UInt8(String(Substring(digits)), radix: 16) { bytes.append(byte) }
            rest = rest[digits.endIndex...]
        }
        return bytes
    }

    /// The format's article holds the table of a record.
    private static func events(inRecords bytes: [UInt8]) -> Set<Event> {
        var events: Set<Event> = []
        for start in stride(from: 0, through: bytes.count - 24, by: 24) {
            let serial = bytes[start + 8..<start + 12].reduce(0) { $0 << 8 | UInt32($1) }
            switch bytes[start + 16] {
            case 1: events.insert(Event(outcome: "started", serial: serial))
            case 2: events.insert(Event(outcome: "finished", serial: serial))
            default: break
            }
        }
        return events
    }

    private static func events(inReply bytes: [UInt8]) -> [Event] {
        String(decoding: bytes, as: UTF8.self)
            .matches(of: /"outcome":"(started|finished)".*?"serial":(\d+)/)
            .compactMap { (match) in UInt32(match.2).map { Event(outcome: String(match.1), serial: $0) } }
    }
}
