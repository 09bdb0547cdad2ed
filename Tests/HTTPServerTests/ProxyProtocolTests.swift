import Files
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import HTTPServer

@Suite("The PROXY protocol")
struct ProxyProtocolTests {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    static let v4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xBB]
    static let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 9, count: 16)
        + [0x30, 0x39, 0x01, 0xBB]

    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let header: [UInt8]
        /// The address that it names; nil for a header that names none.
        let source: String?

        init(_ name: String, _ header: [UInt8], _ source: String?) {
            (testDescription, self.header, self.source) = (name, header, source)
        }

        init(text: String, _ source: String?) { self.init(text, Array(text.utf8), source) }
    }

    static let good = [
        Vector(text: "PROXY TCP4 192.0.2.1 198.51.100.1 12345 443\r\n", "192.0.2.1"),
        Vector(text: "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"),
        Vector(text: "PROXY TCP6 2001:db8::7 2001:db8::1 0 443\r\n", "2001:db8::7"),
        Vector(
            text: "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                + "65535 65535\r\n", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"),
        Vector(text: "PROXY UNKNOWN\r\n", nil),
        Vector(
            text: "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                + "65535 65535\r\n", nil),
        Vector("version 2, TCP over IPv4", binary(0x21, 0x11, v4), "192.0.2.1"),
        Vector("version 2, UDP over IPv4", binary(0x21, 0x12, v4), "192.0.2.1"),
        Vector("version 2, TCP over IPv6", binary(0x21, 0x21, v6), "2001:db8::7"),
        Vector("version 2, with TLVs", binary(0x21, 0x11, v4 + [0x04, 0, 3, 1, 2, 3]), "192.0.2.1"),
        Vector("version 2, LOCAL", binary(0x20, 0x00, []), nil),
        Vector("version 2, LOCAL with addresses to skip", binary(0x20, 0x11, v4), nil),
        Vector("version 2, UNIX", binary(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), nil),
        Vector("version 2, unspecified", binary(0x21, 0x00, [1, 2, 3]), nil),
        Vector(
            "version 2, as long as may be", binary(0x21, 0x11, v4 + [UInt8](repeating: 0, count: 4068)), "192.0.2.1"),
    ]

    @Test("a header names the client, and what follows it is left", arguments: good)
    func vectors(vector: Vector) throws {
        var buffer = ByteBuffer(bytes: vector.header + Array("GET /".utf8))
        let header = try #require(try ProxyProtocolHeader.read(from: &buffer))
        #expect(header.source?.description == vector.source)
        #expect(String(buffer: buffer) == "GET /")
    }

    @Test("a header that is cut off anywhere is waited for, and takes nothing", arguments: good)
    func truncations(vector: Vector) throws {
        for count in vector.header.indices {
            let cut = ByteBuffer(bytes: vector.header.prefix(count))
            var buffer = cut
            #expect(try ProxyProtocolHeader.read(from: &buffer) == nil)
            #expect(buffer == cut)
        }
    }

    @Test(
        "what is no header is refused, as soon as it can be known",
        arguments: [
            "GET / HTTP/1.1\r\n", "G", "PROXX", "PROXY TCP4 192.0.2.1 198.51.100.1 12345\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 12345 443 1\r\n", "PROXY TCP4 192.0.2.1  198.51.100.1 12345 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 12345 65536\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 012 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 -1 443\r\n", "PROXY TCP4 192.0.2.256 198.51.100.1 1 443\r\n",
            "PROXY TCP4 2001:db8::7 198.51.100.1 1 443\r\n", "PROXY TCP6 192.0.2.1 198.51.100.1 1 443\r\n",
            "PROXY TCP6 2001:db8::7%eth0 2001:db8::1 1 443\r\n", "PROXY UDP4 192.0.2.1 198.51.100.1 1 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 12345 443\n", "PROXY \r\n", "PROXY\r\n", "\r\nPROXY", "\u{16}\u{3}\u{1}",
            "PROXY UNKNOWN " + String(repeating: "A", count: 100),
        ])
    func malformedText(text: String) {
        var buffer = ByteBuffer(string: text)
        #expect(throws: ProxyProtocolError.self) { try ProxyProtocolHeader.read(from: &buffer) }
    }

    @Test(
        "version 2 with a version, command, family or length that is none is refused",
        arguments: [
            binary(0x11, 0x11, v4), binary(0x31, 0x11, v4), binary(0x22, 0x11, v4), binary(0x21, 0x41, v4),
            binary(0x21, 0x13, v4), binary(0x21, 0x11, Array(v4.dropLast())), binary(0x21, 0x21, Array(v6.dropLast())),
            binary(0x21, 0x11, [], length: 65535), binary(0x21, 0x11, [], length: 4081),
        ])
    func malformedBinary(header: [UInt8]) {
        var buffer = ByteBuffer(bytes: header)
        #expect(throws: ProxyProtocolError.self) { try ProxyProtocolHeader.read(from: &buffer) }
    }

    @Test("any bytes give a header, a wait or a refusal, and never more than they hold")
    func anyBytes() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let vector = Self.good[Int(random.next() % UInt64(Self.good.count))]
            var bytes = vector.header
            for _ in 0..<(1 + random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count + 1))))
            var buffer = ByteBuffer(bytes: bytes)
            let header = try? ProxyProtocolHeader.read(from: &buffer)
            let taken = bytes.count - buffer.readableBytes
            #expect(header == nil ? taken == 0 : taken >= 15 && taken <= bytes.count, "seed \(seed)")
        }
    }

    @Test("a header that comes byte by byte sets the connection's address, and the rest goes on unchanged")
    func bytewise() throws {
        for vector in Self.good {
            let peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
            let connection = Connection(peer: peer, isEncrypted: false, trusted: TrustedProxies(ranges: []))
            let channel = EmbeddedChannel(handler: ProxyProtocolHandler(connection, policy: .standard))
            try channel.connect(to: peer).wait()
            for byte in vector.header + Array("GET /".utf8) { try channel.writeInbound(ByteBuffer(bytes: [byte])) }
            var rest = ""
            while let bytes = try channel.readInbound(as: ByteBuffer.self) { rest += String(buffer: bytes) }
            #expect(rest == "GET /")
            #expect(connection.origin == .proxied(vector.source.flatMap { IPAddress($0) }))
            _ = try channel.finish()
        }
    }

    @Test("only trusted peers may send a header")
    func untrusted() throws {
        for (address, isTrusted) in [("192.0.2.9", false), ("10.1.2.3", true), ("::1", true), ("2001:db8::1", false)] {
            let peer = try SocketAddress(ipAddress: address, port: 1)
            let channel = EmbeddedChannel(
                handler: ProxyProtocolHandler(
                    Connection(peer: peer, isEncrypted: false, trusted: TrustedProxies(ranges: [])), policy: .standard))
            try channel.connect(to: peer).wait()
            #expect(channel.isActive == isTrusted, "\(address)")
        }
    }
}

extension ProxyProtocolPolicy {
    fileprivate static let standard = ProxyProtocolPolicy(
        trusted: TrustedProxies(ranges: [NetworkRange("10.0.0.0/8")!]), logger: .init(label: "proxy-protocol"))
}
