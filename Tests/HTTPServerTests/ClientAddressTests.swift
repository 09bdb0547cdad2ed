import Files
import Testing

@testable import HTTPServer

@Suite("Whose request it is")
struct ClientAddressTests {
    static let proxies = TrustedProxies(
        ranges: ["10.0.0.0/8", "2001:db8:a::/48", "192.0.2.33"].map { NetworkRange($0)! })

    struct Case: Sendable, CustomTestStringConvertible {
        let origin: Connection.Origin
        let field: String?
        let client: String?
        var testDescription: String { "\(origin), \(field ?? "no field")" }

        init(_ peer: String?, _ field: String?, _ client: String?) {
            (self.origin, self.field, self.client) = (.peer(peer.map { IPAddress($0)! }), field, client)
        }

        init(proxied source: String?, _ field: String?, _ client: String?) {
            (self.origin, self.field, self.client) = (.proxied(source.map { IPAddress($0)! }), field, client)
        }
    }

    @Test(
        "X-Forwarded-For is read from its end, for as long as who wrote an entry is trusted",
        arguments: [
            // Nobody else is believed.
            Case("198.51.100.7", "203.0.113.1", "198.51.100.7"), Case("198.51.100.7", nil, "198.51.100.7"),
            // One proxy, and what the client made up to the left of it.
            Case("127.0.0.1", "203.0.113.1", "203.0.113.1"), Case(nil, "203.0.113.1", "203.0.113.1"),
            Case("10.1.2.3", "198.51.100.9, 203.0.113.1", "203.0.113.1"),
            Case("192.0.2.33", "203.0.113.1", "203.0.113.1"), Case("192.0.2.34", "203.0.113.1", "192.0.2.34"),
            Case("2001:db8:a:1::1", "2001:db8:b::5", "2001:db8:b::/64"),
            // A chain of proxies.
            Case("127.0.0.1", "6.6.6.6, 203.0.113.1, 10.0.0.1, 2001:db8:a::2, 10.0.0.2", "203.0.113.1"),
            Case("127.0.0.1", "203.0.113.1,10.0.0.1:4711, [2001:db8:a::2]:443", "203.0.113.1"),
            // All within: the one farthest away.
            Case("127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
            // Nobody says who it is.
            Case("127.0.0.1", nil, nil), Case("10.0.0.1", nil, nil), Case(nil, nil, nil), Case("::1", "", nil),
            Case("127.0.0.1", "127.0.0.1", nil),
            // A proxy says that it does not know.
            Case("127.0.0.1", "unknown", "unidentified"), Case("127.0.0.1", "203.0.113.1, unknown", "unidentified"),
            Case("127.0.0.1", "203.0.113.1, _hidden, 10.0.0.1", "unidentified"),
            // Behind a PROXY header the field is the client's own, unless the header names a trusted proxy.
            Case(proxied: "198.51.100.7", "203.0.113.1", "198.51.100.7"),
            Case(proxied: "127.0.0.1", "203.0.113.1", "127.0.0.1"), Case(proxied: nil, "203.0.113.1", "unidentified"),
            Case(proxied: nil, nil, "unidentified"), Case(proxied: "10.1.2.3", "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        ])
    func forwarded(one: Case) throws {
        let client = ClientAddress(one.origin, forwardedFor: one.field, trusting: Self.proxies)
        #expect(client?.description == one.client)
    }

    @Test("ranges hold what CIDR says, for IPv4 also where a dual-stack socket shows it mapped")
    func ranges() throws {
        func holds(_ range: String, _ address: String) throws -> Bool {
            try #require(NetworkRange(range)).contains(try #require(IPAddress(address)))
        }
        #expect(try holds("10.0.0.0/8", "10.255.255.255") && !holds("10.0.0.0/8", "11.0.0.0"))
        #expect(try holds("10.0.0.0/8", "::ffff:10.1.1.1"))
        #expect(try holds("192.0.2.128/25", "192.0.2.128") && !holds("192.0.2.128/25", "192.0.2.127"))
        #expect(try holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"))
        #expect(try holds("0.0.0.0/0", "203.0.113.1") && !holds("0.0.0.0/0", "2001:db8::1"))
        #expect(try holds("::/0", "2001:db8::1"))
        #expect(try holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::1"))
        #expect(try holds("2001:db8::8/125", "2001:db8::f") && !holds("2001:db8::8/125", "2001:db8::10"))
        #expect(try holds("2001:db8::/64", "2001:db8::ffff:1") && !holds("2001:db8::/64", "2001:db8:0:1::"))
    }

    @Test(
        "what is no range is none",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.1/8", "10/8",
            "::/129", "2001:db8::1/64", "example.org", "10.0.0.0/8/8", "10.0.0.0 /8", "all",
        ])
    func noRange(text: String) { #expect(NetworkRange(text) == nil) }

    @Test("ranges are written as they are read", arguments: ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0"])
    func description(text: String) { #expect(NetworkRange(text)?.description == text) }

    @Test("IPv6 clients count by their network, and mapped addresses are IPv4's")
    func addresses() {
        #expect(ClientAddress("2001:db8::1") == ClientAddress("2001:db8::ffff:2"))
        #expect(ClientAddress("2001:db8::1") != ClientAddress("2001:db8:0:1::1"))
        #expect(ClientAddress("::ffff:192.0.2.1") == ClientAddress("192.0.2.1:8080"))
        #expect(ClientAddress("192.0.2.1") != ClientAddress("192.0.2.2"))
        for text in ["", "unknown", "_hidden", "192.0.2", "::g", "1.2.3.4.5"] { #expect(ClientAddress(text) == nil) }
        #expect(ClientAddress("2001:db8::1")?.description == "2001:db8::/64")
        #expect(ClientAddress("::ffff:192.0.2.1")?.description == "192.0.2.1")
    }
}
