import Consumption
import Cryptography
import FoundationEssentials
import Glibc
import LinkToken
import Testing
import Trust

@testable import BundleFollowing
@testable import EdgeService

@Suite("Operations")
struct OperationsTests {
    @Test("logs name route, outcome and link, and never a token, a session or a query")
    func noSecretsInLogs() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(42)
            let session = try await edge.session(starting: token)
            _ = try await edge.get("/l/\(token)?secret=query-value")
            _ = try await edge.request("POST", "/l/\(token)?secret=query-value")
            _ = try await edge.get("/l/\(token)x?secret=query-value")
            _ = try await edge.get("/auth", headers: [("X-Linkseal-Token", token), ("Cookie", "linkseal=\(token)")])
            _ = try await edge.get("/done?session=\(session)")
            _ = try await edge.get("/done?session=\(session)x")
            _ = try await edge.post("/v1/verify", json: "{\"token\":\"\(token)")
            _ = try await edge.get("/\(token)")
            _ = try await RawConnection.answer(
                port: edge.port, to: "GET /l/\(token) HTTP/1.1\r\nBad Header: \(token)\r\n\r\n")
            let text = edge.lines.text
            #expect(text.contains("route=/l/{token}"))
            #expect(text.contains("outcome=started") && text.contains("outcome=resumed"))
            #expect(text.contains("distribution=0000000000005ea1") && text.contains("serial=42"))
            for secret in [token, String(token.prefix(40)), session, "query-value"] { #expect(!text.contains(secret)) }
        }
    }

    @Test("metrics count requests, refusals and links, and say how old the bundle is")
    func metrics() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            _ = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            _ = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            _ = try await edge.get("/l/LAAA")
            edge.advance(77)
            let answer = try await edge.get("/metrics")
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = answer.body.split(separator: "\n")
            for line in [
                "linkseal_http_requests_total{route=\"/v1/start\",method=\"POST\",status=\"200\",outcome=\"started\"} 1",
                "linkseal_http_requests_total{route=\"/v1/start\",method=\"POST\",status=\"200\",outcome=\"resumed\"} 1",
                "linkseal_http_requests_total{route=\"/l/{token}\",method=\"GET\",status=\"404\",outcome=\"layout_invalid\"} 1",
                "linkseal_refusals_total{code=\"layout_invalid\"} 1",
                "linkseal_links_total{outcome=\"started\"} 1", "linkseal_links_total{outcome=\"resumed\"} 1",
                "linkseal_signature_cache_hits_total 1", "linkseal_trust_bundle_sequence 1",
                "linkseal_log_batch_records_count 1", "linkseal_log_batch_records_bucket{le=\"1\"} 1",
                "linkseal_log_sync_duration_seconds_count 1", "linkseal_first_starts_total{agent=\"unknown\"} 1",
                "linkseal_trust_bundle_age_seconds 77", "linkseal_log_records 1", "linkseal_log_accepting 1",
                "linkseal_http_request_duration_seconds_count{route=\"/v1/start\"} 2",
            ] {
                #expect(lines.contains(Substring(line)))
            }
        }
    }

    @Test("an overdue bundle is said, and after its grace no link is opened")
    func overdueTrust() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token(expiresIn: 1 << 20))"
            #expect(try await edge.get("/readyz").json["trust"] == .string("current"))
            edge.advance(86400)
            let overdue = try await edge.get("/readyz")
            #expect(overdue.status == 200 && overdue.json["trust"] == .string("overdue"))
            #expect(try await edge.get(path).status == 200)
            edge.advance(7 * 86400)
            let expired = try await edge.get("/readyz")
            #expect(expired.status == 503 && expired.json["trust"] == .string("expired"))
            let page = try await edge.get(path)
            #expect(page.status == 503 && page["Retry-After"] == "30")
            #expect(page.body.contains("Please try again in a moment"))
        }
    }

    @Test("when the log has stopped, starts answer 503 and the edge is not ready, while it stays alive")
    func stoppedLog() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            #expect(try await edge.get("/readyz").status == 200)
            await edge.log.close()
            let start = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            RobustnessTests.problem(start, 503, "log_unavailable")
            #expect(start["Retry-After"] == "30")
            #expect(try await edge.request("POST", "/l/\(token)").status == 503)
            let ready = try await edge.get("/readyz")
            #expect(ready.status == 503 && ready.json["log"] == .string("stopped"))
            #expect(try await edge.get("/healthz").status == 200)
            #expect(try await edge.post("/v1/verify", json: "{\"token\":\"\(token)\"}").status == 200)
        }
    }

    @Test("an edge whose log was removed is not ready, also where nobody starts anything", .timeLimit(.minutes(1)))
    func removedLog() async throws {
        try await EdgeHarness.serving { (edge) in
            #expect(try await edge.get("/readyz").status == 200)
            #expect(try await edge.get("/metrics").body.contains("\nlinkseal_log_accepting 1\n"))
            unlink(edge.log.path)
            while try await edge.get("/readyz").status == 200 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(try await edge.get("/readyz").json["log"] == .string("stopped"))
            #expect(try await edge.get("/metrics").body.contains("\nlinkseal_log_accepting 0\n"))
            let start = try await edge.post("/v1/start", json: "{\"token\":\"\(try edge.token())\"}")
            RobustnessTests.problem(start, 503, "log_unavailable")
        }
    }

    @Test("a clock that shows a time that no log holds is no clock to record by")
    func clockOutOfRange() async throws {
        try await EdgeHarness.serving { (edge) async throws in
            edge.advance(3_725_320_446 - EdgeHarness.now.rawValue)
            #expect(try await edge.get("/readyz").json["log"] == .string("accepting"))
            #expect(try await edge.get("/metrics").body.contains("\nlinkseal_log_accepting 1\n"))
            edge.advance(1)
            #expect(try await edge.get("/readyz").json["log"] == .string("stopped"))
            #expect(try await edge.get("/metrics").body.contains("\nlinkseal_log_accepting 0\n"))
        }
    }

    @Test("a log that stopped is logged once, and then once a minute with how many requests it cost")
    func outageLog() async throws {
        try await EdgeHarness.serving { (edge) in
            let body = "{\"token\":\"\(try edge.token())\"}"
            await edge.log.close()
            for _ in 0..<50 { #expect(try await edge.post("/v1/start", json: body).status == 503) }
            func lines() -> [String] { edge.lines.all.filter { $0.contains("are not recorded") } }
            #expect(lines().count == 1)
            #expect(lines()[0].hasPrefix("error ") && lines()[0].contains("reason=the consumption log is closed"))
            edge.advance(60)
            #expect(try await edge.post("/v1/start", json: body).status == 503)
            #expect(lines().count == 2)
            // The watch and the first request may come in either order.
            #expect(lines()[1].contains(/refused=5[01]/))
        }
    }

    /// A bundle of one key and no distribution.
    private static func bundle(with key: PublishedKey, signedBy root: PrivateKey) throws -> VerifiedBundle {
        let bundle = TrustBundle(
            sequence: 1, issuedAt: EdgeHarness.now, nextUpdate: EdgeHarness.now.adding(seconds: 1), keys: [key],
            distributions: [])
        let signed = try bundle.signed(by: root)
        return try VerifiedBundle(opening: signed.span, root: root.publicKey)
    }

    @Test("a request that began under an older bundle finds nothing in the cache, and leaves nothing there")
    func cacheGenerations() async throws {
        let key = try PrivateKey.generate(.ed25519)
        let root = try PrivateKey.generate(.ed25519)
        func bundle(_ state: KeyState) throws -> VerifiedBundle {
            try Self.bundle(with: PublishedKey(key: key.publicKey, state: state), signedBy: root)
        }
        let text = try Token(
            minting: Claims(
                nonce: Nonce(distribution: .survey, serial: Serial(rawValue: 0)), epoch: .initial,
                expiry: EdgeHarness.now, embeddedDataHash: nil, contactID: ContactID("x")), with: key
        ).text
        let trust = CurrentTrust(try bundle(.signing))
        let cache = SignatureCache(capacity: 64, shardCount: 1)
        let permit = CheckPermit(limiter: ForgeryLimiter(), client: nil, uptime: { 0 })
        func authenticate(_ snapshot: TrustSnapshot, for purpose: LinkPurpose = .opening) async throws {
            _ = try await cache.authenticate(text, against: snapshot, for: purpose, permit: permit)
        }

        let first = trust.snapshot
        trust.replace(with: try bundle(.verifying))
        let second = trust.snapshot
        try await authenticate(second)
        try await authenticate(first)
        #expect(cache.uses == SignatureCache.Uses(hits: 0, misses: 2) && cache.count == 1)
        try await authenticate(second)
        #expect(cache.uses == SignatureCache.Uses(hits: 1, misses: 2), "the older request emptied nothing")

        trust.replace(with: try bundle(.revoked))
        let revoked = Refusal(.link(.keyNotVerifying(key.id)))
        await #expect(throws: revoked) { try await authenticate(trust.snapshot) }
        try await authenticate(second)
        #expect(cache.count == 0)
        await #expect(throws: revoked) { try await authenticate(trust.snapshot) }

        trust.replace(with: try bundle(.retired))
        try await authenticate(trust.snapshot, for: .reporting)
        #expect(cache.count == 0, "what may be reported may not be opened")
        await #expect(throws: revoked) { try await authenticate(trust.snapshot) }
    }

    @Test("a generational cache forgets what was used longest ago, and counts nothing twice")
    func generations() {
        var cache = GenerationalCache<Int, String>(capacity: 4)
        for number in 1...3 { cache.insert("\(number)", for: number) }
        #expect(cache.count == 3 && cache.value(for: 1) == "1", "what is old is still found")
        cache.insert("4", for: 4)
        #expect(cache.value(for: 2) == nil, "2 was used before the others")
        #expect(cache.value(for: 1) == "1" && cache.value(for: 3) == "3" && cache.value(for: 4) == "4")

        cache.removeAll()
        #expect(cache.count == 0 && (1...4).allSatisfy { cache.value(for: $0) == nil })
        for number in 1...3 { cache.insert("\(number)", for: number) }
        cache.insert("one", for: 1)
        #expect(cache.count == 3 && cache.value(for: 1) == "one")
        cache.insert("uno", for: 1)
        #expect(cache.count == 3 && cache.value(for: 2) == "2", "what is young already makes nothing old")
        cache.remove(3)
        #expect(cache.value(for: 3) == nil)

        for number in 1...100 {
            cache.insert("", for: number)
            #expect(cache.count <= 4)
        }
        cache.remove(98)
        cache.remove(100)
        #expect(cache.value(for: 98) == nil && cache.value(for: 100) == nil)
    }

    @Test("the configured grace of an overdue bundle counts, for readiness and for links")
    func configuredGrace() async throws {
        func grace(_ configuration: inout Edge.Configuration, _: String) { configuration.trustGrace = 600 }
        try await EdgeHarness.serving(configure: grace) { (edge) in
            let path = "/l/\(try edge.token(expiresIn: 1 << 20))"
            edge.advance(86400 + 599)
            #expect(try await edge.get("/readyz").status == 200)
            #expect(try await edge.get(path).status == 200)
            edge.advance(1)
            #expect(try await edge.get("/readyz").status == 503)
            #expect(try await edge.get(path).status == 503)
        }
    }

    @Test("the signature cache is bounded, forgets at a new bundle, and keeps no refusal")
    func cacheBounds() async throws {
        let key = try PrivateKey.generate(.ed25519)
        let root = try PrivateKey.generate(.ed25519)
        func bundle(_ state: KeyState) throws -> VerifiedBundle {
            try Self.bundle(with: PublishedKey(key: key.publicKey, state: state), signedBy: root)
        }
        let trust = CurrentTrust(try bundle(.signing))
        let cache = SignatureCache(capacity: 64, shardCount: 4)
        func token(_ serial: UInt32) throws -> String {
            try Token(
                minting: Claims(
                    nonce: Nonce(distribution: .survey, serial: Serial(rawValue: serial)), epoch: .initial,
                    expiry: EdgeHarness.now, embeddedDataHash: nil, contactID: ContactID("x")), with: key
            ).text
        }
        let permit = CheckPermit(limiter: ForgeryLimiter(), client: nil, uptime: { 0 })
        func authenticate(_ text: String) async throws -> VerifiedLink {
            try await cache.authenticate(text, against: trust.snapshot, permit: permit)
        }
        for serial in 0..<UInt32(500) { _ = try await authenticate(try token(serial)) }
        #expect(cache.count <= 64 && cache.count > 16)
        #expect(cache.uses == SignatureCache.Uses(hits: 0, misses: 500))
        _ = try await authenticate(try token(499))
        #expect(cache.uses.hits == 1)
        let before = cache.count
        await #expect(throws: Refusal.self) { try await authenticate("LAAA") }
        #expect(cache.count == before)
        trust.replace(with: try bundle(.revoked))
        await #expect(throws: Refusal(.link(.keyNotVerifying(key.id)))) { try await authenticate(try token(499)) }
    }
}
