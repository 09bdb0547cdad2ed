import Foundation
import Glibc
import TestSupport
import Testing

/// `linkseal log` on logs of the real server.
@Suite struct LogCommandTests {
    @Test func `a damaged log is repaired so that what was used stays used, and what is lost is told`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let tokens = try place.tokens()
        let server = try await Server(place)
        for token in tokens[..<2] { #expect(try await server.start(token).outcome == "started") }
        #expect(try await server.finish(tokens[0]).outcome == "finished")
        await server.terminate()
        let path = "linkseal-data/consumption.log"
        let sound = try await place.run("log", "check")
        #expect(sound.status == 0 && sound.output.contains("3 events, 2 links started, 1 finished"), "\(sound)")
        #expect(sound.output.contains("The log is sound."))

        let distribution = try await place.json("distributions", as: [[String: JSONValue]].self)[0]
        let id = try #require(distribution["id"]?.string)
        // The start of the link that was finished.
        var bytes = try Data(contentsOf: URL(filePath: place.path(path)))
        bytes[4096] ^= 1
        try bytes.write(to: URL(filePath: place.path(path)))
        let check = try await place.run("log", "check")
        #expect(check.status == 1 && check.output.contains("damage: offset 4096, 24 bytes"), "\(check)")
        let kept = "serial 0 of \(id) was finished; its start is lost; a repair keeps it used"
        #expect(check.output.contains(kept))
        #expect(!check.output.contains("sound."))
        let serve = try await place.run("serve", "--listen", "127.0.0.1:0")
        #expect(serve.status == 1 && serve.errors.contains("is damaged at offset 4096"), "\(serve)")

        let repair = try await place.succeed("log", "repair", "--out", "repaired.log")
        #expect(repair.contains(kept) && repair.contains("3 events are in repaired.log"), "\(repair)")
        #expect(rename(place.path("repaired.log"), place.path(path)) == 0)
        let again = try await Server(place)
        #expect(try await again.start(tokens[0]).outcome == "already_finished")
        #expect(try await again.start(tokens[1]).outcome == "resumed")
        #expect(try await again.start(tokens[2]).outcome == "started")
        await again.terminate()
    }

    @Test func `an event that a repair drops is named by its link, in JSON as well`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        let server = try await Server(place)
        let token = try place.tokens()[0]
        #expect(try await server.start(token).outcome == "started")
        #expect(try await server.finish(token).outcome == "finished")
        await server.terminate()
        // The start again, with the checksum of its new place, as no linkseal writes it.
        let path = place.path("linkseal-data/consumption.log")
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        var record = Array(bytes[4096..<4116])
        let sum = crc32c(bytes[24..<40] + [0, 0, 0, 0, 0, 0, 0, 2] + record)
        for shift in [24, 16, 8, 0] as [UInt32] { record.append(UInt8(truncatingIfNeeded: sum >> shift)) }
        bytes += record
        try Data(bytes).write(to: URL(filePath: path))
        let check = try await place.run("log", "check")
        #expect(check.output.contains("a repair drops an event of serial 0 of "), "\(check)")
        let repair = try await place.json("log", "repair", "--out", "repaired.log", as: Repaired.self)
        #expect(repair.newEvents == 2)
        #expect(repair.old.dropped.map(\.link.serial) == [0] && repair.old.dropped.map(\.offset) == [4144])
    }

    private struct Repaired: Decodable {
        struct Old: Decodable {
            var dropped: [Event]
        }
        struct Event: Decodable {
            struct Link: Decodable {
                var serial: UInt32
            }
            var link: Link
            var offset: Int
        }
        var old: Old
        var newEvents: Int
    }

    /// RFC 3720 §12.1, bit by bit.
    private func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var register = UInt32.max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~register
    }
}
