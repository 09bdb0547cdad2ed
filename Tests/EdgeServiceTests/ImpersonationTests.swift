import Foundation
import Testing

@testable import HTTPServer

/// Somebody with a session of their own pretends to be somebody else, to a survey in PHP behind a proxy.
@Suite("Impersonation behind a proxy", .serialized)
struct ImpersonationTests {
    private static let names = [
        ["Contact", "Id"], ["Serial"], ["Distribution"], ["Expiry"], ["Started", "At"], ["Token"], ["Code"],
    ]

    /// What may stand in a field's name and is no letter and no digit (RFC 9110 §5.6.2). PHP takes `.` and `_` for `-`,
    /// lighttpd all of them.
    private static let separators = "!#$%&'*+-.^_`|~".map(String.init)

    /// Spellings of linkseal's fields: the separators in every place, in the first, in the last, and in other cases.
    private static var spellings: [[String]] {
        var spellings: [[String]] = []
        for separator in separators {
            spellings.append(names.map { (["X", "Linkseal"] + $0).joined(separator: separator) })
            spellings.append(names.map { "X" + separator + (["Linkseal"] + $0).joined(separator: "-") })
            spellings.append(
                names.map { (["X", "Linkseal"] + $0.dropLast()).joined(separator: "-") + separator + $0.last! })
        }
        for separator in ["-", "_", "."] {
            let all = names.map { (["X", "Linkseal"] + $0).joined(separator: separator) }
            spellings += [all.map { $0.lowercased() }, all.map { $0.uppercased() }]
        }
        return spellings
    }

    private static let genuine = ["X-Linkseal-Contact-Id", "X-Linkseal-Serial", "X-Linkseal-Distribution"]
    /// Proxies remove what it lists (RFC 9110 §7.6.1).
    private static let hopByHop =
        "close, " + names.map { "X-Linkseal-" + $0.joined(separator: "-") }.joined(separator: ", ")
    private static let attempts = 10

    /// What a survey is told of the session, empty fields left out.
    private static let truth = [
        "HTTP_X_LINKSEAL_SERIAL": "0", "HTTP_X_LINKSEAL_DISTRIBUTION": "0000000000005ea1",
        "HTTP_X_LINKSEAL_STARTED_AT": EdgeHarness.now.description,
    ]

    /// Whether the survey was told the truth and nothing else, in any spelling.
    private static func expectTruth(
        _ answer: String, _ attack: String, through gateway: PHPSurvey.Gateway = .http,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let survey = try PHPSurvey(answer)
        #expect(survey.variables.filter { !$0.value.isEmpty } == truth, "\(attack)", sourceLocation: sourceLocation)
        let told = ["contact-id", "serial", "distribution", "expiry", "started-at"].map { "x-linkseal-" + $0 }
        let others = Set(survey.fields.keys.map { $0.lowercased() }).subtracting(told)
        #expect(others.isEmpty, "\(attack)", sourceLocation: sourceLocation)
        guard gateway == .http else { return }
        // Another server behind this one would remove what it lists.
        #expect(survey.connection?.lowercased().contains("linkseal") != true, sourceLocation: sourceLocation)
    }

    private static func attack(_ sample: ProxySample, _ gateway: PHPSurvey.Gateway) async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            let cookie = ("Cookie", "linkseal=\(session)")
            try await sample.serving(edge, gateway: gateway) { (proxy, _) in
                for spelling in spellings {
                    let claims = (spelling + genuine).map { ($0, "VICTIM") }
                    for headers in [claims, claims + [("Connection", hopByHop)]] {
                        for _ in 0..<attempts {
                            let answer = try await edge.request(
                                "GET", "/survey.php", headers: [cookie] + headers, port: proxy)
                            try #require(answer.status == 200, "\(spelling[0])")
                            try expectTruth(answer.body, "\(spelling[0]), \(headers.last!.0)", through: gateway)
                        }
                    }
                }
                let byField = try await edge.request(
                    "GET", "/survey.php", headers: [("X-Linkseal-Token", session)], port: proxy)
                #expect(byField.status == 200)
                try expectTruth(byField.body, "a session in X-Linkseal-Token", through: gateway)
            }
        }
    }

    @Test(
        "no spelling of a field and no Connection makes a participant somebody else", arguments: ProxySample.installed)
    func http(sample: ProxySample) async throws {
        try await Self.attack(sample, .http)
    }

    @Test("nor where the proxy speaks FastCGI to PHP", arguments: [ProxySample.nginx, .caddy])
    func fastCGI(sample: ProxySample) async throws {
        try await Self.attack(sample, .fastCGI)
    }

    @Test("nor does a request that is framed or spelled against the rules", arguments: ProxySample.installed)
    func malformed(sample: ProxySample) async throws {
        let chunked = "Transfer-Encoding: chunked\r\n"
        let body = "3\r\nabc\r\n0\r\n"
        let trailers =
            "X-Linkseal-Contact-Id: VICTIM\r\nX_Linkseal.Contact-Id: VICTIM\r\nX-Linkseal-Serial: 9\r\nA: b\r\n"
        let attacks: [(fields: String, rest: String)] = [
            ("X-Linkseal-Contact-Id : VICTIM\r\n", ""), ("X-Linkseal-Contact-Id\t: VICTIM\r\n", ""),
            ("A: b\r\n X-Linkseal-Contact-Id: VICTIM\r\n", ""), ("A: b\nX-Linkseal-Contact-Id: VICTIM\r\n", ""),
            ("A: b\nX_Linkseal.Contact-Id: VICTIM\r\n", ""), ("A: b\rX-Linkseal-Contact-Id: VICTIM\r\n", ""),
            ("X[Linkseal-Contact-Id: VICTIM\r\n", ""), ("X-Linkseal[Contact-Id: VICTIM\r\n", ""),
            ("X Linkseal Contact Id: VICTIM\r\n", ""), ("X\u{B}Linkseal-Contact-Id: VICTIM\r\n", ""),
            ("X\u{A0}Linkseal-Contact-Id: VICTIM\r\n", ""), ("X-Linkseal-Contact-Id\0: VICTIM\r\n", ""),
            // Some servers add trailers to the fields of the head.
            (chunked, body + trailers),
            (chunked + "Trailer: X-Linkseal-Contact-Id, X-Linkseal-Serial\r\n", body + trailers),
        ]
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            try await sample.serving(edge) { (proxy, _) in
                for (fields, rest) in attacks {
                    let request =
                        "\(rest.isEmpty ? "GET" : "POST") /survey.php HTTP/1.1\r\nHost: 127.0.0.1:\(proxy)\r\n"
                        + "Cookie: linkseal=\(session)\r\n\(fields)Connection: close\r\n\r\n\(rest)"
                        + (rest.isEmpty ? "" : "\r\n")
                    for _ in 0..<Self.attempts {
                        let answer = try await RawConnection.answer(port: proxy, to: request)
                        guard answer.hasPrefix("HTTP/1.1 200"), let start = answer.firstIndex(of: "{"),
                            let end = answer.lastIndex(of: "}")
                        else { continue }
                        try Self.expectTruth(String(answer[start...end]), fields + rest)
                    }
                }
            }
        }
    }
}
