import Files
import Testing

@Suite struct IPAddressTests {
    @Test func `loopback and private addresses are told from those that only look like them`() {
        #expect(IPAddress("127.8.0.1")?.isLoopback == true && IPAddress("128.0.0.1")?.isLoopback == false)
        #expect(IPAddress("::1")?.isLoopback == true && IPAddress("::2")?.isLoopback == false)
        #expect(IPAddress("::ffff:127.0.0.1")?.isLoopback == true)
        for host in ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "localhost", "LocalHost", "::ffff:127.0.0.1"] {
            #expect(isLoopback(host: host), "\(host)")
        }
        for host in [
            "127.0.0.1.evil.example", "127.evil.example", "127.1", "128.0.0.1", "localhost.evil.example", "[::2]", "",
            "::ffff:127.evil.example", "::ffff:10.0.0.1", "0.0.0.0",
        ] { #expect(!isLoopback(host: host), "\(host)") }
        for host in [
            "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.3.4", "169.254.1.1", "[fd00::1]", "fe80::1",
            "::ffff:10.0.0.1",
        ] { #expect(isPrivate(host: host), "\(host)") }
        for host in [
            "11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "203.0.113.9", "[2001:db8::1]", "[fec0::1]",
            "10.0.0.1.example", "10.evil.example", "localhost", "",
        ] { #expect(!isPrivate(host: host), "\(host)") }
        #expect(IPAddress("2001:DB8:0:0::1")?.description == "2001:db8::1")
    }
}
