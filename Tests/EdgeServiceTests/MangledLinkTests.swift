import Encoding
import LinkToken
import Testing
import Trust

/// What mail programs, word processors, chat programs, scanners and people do to a link before it is opened.
enum Mangling {
    /// Glued to the end of a link.
    static let suffixes = [
        ".", ",", "!", ")", ">", "\"", "/", ";", ":", "'", "]", "}", "*", "_", "-", "|", "\\", "~", "`", "^", "$",
        "…", "”", "’", "»", "。", "、", "）", "」", "،", "।", ").", ">.", "\".", "),", "**", "__", "...", "?!",
        "%20", "%C2%A0", "%A0", "%09", "%0A", "%0D%0A", "%E2%80%8B", "%EF%BB%BF", "%E2%80%8E", "%3E", "%22", "%29",
        "%2E",
        "%2C", "%5D", "%7D", "%2520", "%3C/a%3E", "<br>", "&nbsp;", "&gt;", "&quot;", "&utm_source=x",
        "&amp;utm_source=x", "&fbclid=IwAR0&utm_medium=mail", "=", "%3D", "#top", "#:~:text=survey", "%20-%20",
    ]

    /// Between the address of the edge and the token.
    static let prefixes = [
        "%20", "=", "3D", "=3D", "%3D", "%3D3D", "%C2%A0", "%E2%80%8B", "%22", "\"", "<", "%3C", "(", "/", "%2F", "%0A",
        "%EF%BB%BF", "-", "_", "%2520",
    ]

    /// In the middle of the token.
    static let infixes = [
        "%20", "=%0D%0A", "=%0A", "%0D%0A", "%0A", "%09", "%C2%A0", "%A0", "%E2%80%8B", "%C2%AD", "%AD", "%E2%80%8C",
        "%E2%80%8D", "%EF%BB%BF", "%E2%81%A0", "%E2%80%A8", "=", "=20", "%2520", "%0A%3E%20", "%0A>%20>%20", "\u{200B}",
        "\u{AD}", "\u{A0}", "\u{3000}",
    ].filter { $0 != "=20" }

    /// How a browser writes what it finds in an address into a request (URL Standard §4.4).
    static func requested(_ target: String) -> String {
        var encoded = ""
        for byte in target.prefix(while: { $0 != "#" }).utf8 {
            let mustBeEncoded = byte <= 0x20 || byte >= 0x7F || "\"<>`{}^\\".utf8.contains(byte)
            encoded += mustBeEncoded ? "%" + hexadecimal(byte) : String(UnicodeScalar(byte))
        }
        return encoded
    }

    static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count == 1 ? "0" + text : text
    }

    /// Every byte that a careful program encodes, encoded.
    static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            UnicodeScalar(byte).properties.isAlphabetic || (0x30...0x39).contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
        }.joined()
    }
}

@Suite("Links that were changed on their way")
struct MangledLinkTests {
    static let distribution = PublishedDistribution.make(
        url: "https://survey.example/s?c={contact_id}&r={session}&p={plan}&e={company}", inLink: ["plan", "company"])
    static let data = [(name: "plan", value: "gold"), (name: "company", value: "Zoë & Co. Inc.")]
    static let query = "?plan=gold&company=Zo%C3%AB%20%26%20Co.%20Inc%2E"
    static let contacts = ["7", "C-1042", "ada.lovelace-of-the-analytical-engine-department@people.example"]

    /// Opens each target at an edge, as one browser would.
    private func statuses(_ targets: [String], at edge: EdgeHarness) async throws -> [Int] {
        let port = edge.port
        return try await RawConnection.converse(port: port) { (raw) in
            targets.map { (target) in
                raw.send("GET \(target) HTTP/1.1\r\nHost: links.example\r\n\r\n")
                return Int(raw.readAnswers(1).dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0
            }
        }
    }

    private func expectOpened(_ targets: [(mangling: String, target: String)], at edge: EdgeHarness) async throws {
        let statuses = try await statuses(targets.map { Mangling.requested($0.target) }, at: edge)
        for (target, status) in zip(targets, statuses) {
            #expect(status == 200, "\(target.mangling) in \(target.target)")
        }
    }

    @Test("a link without data opens, whatever was glued to it, put before it or into it", arguments: contacts)
    func plain(contact: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(contact: contact)
            var targets = Mangling.suffixes.map { ($0, "/l/\(token)\($0)") }
            targets += Mangling.prefixes.map { ($0, "/l/\($0)\(token)") }
            for position in [1, 70, token.count - 1] {
                targets += Mangling.infixes.map {
                    ($0, "/l/\(token.prefix(position))\($0)\(token.dropFirst(position))")
                }
            }
            let encoded = Mangling.percentEncoded(token)
            targets += [
                ("twice", "/l/\(token)](https://links.example/l/\(token))"),
                ("twice in brackets", "/l/\(token)%3Ehttps://links.example/l/\(token)%3C"),
                ("encoded", "/l/\(encoded)"), ("encoded twice", "/l/\(encoded.replacing("%", with: "%25"))"),
                ("an encoded slash", "/l%2F\(token)"), ("a slash encoded in lower case", "/l%2f\(token)."),
                ("every letter encoded", "/l/" + token.utf8.map { "%" + Mangling.hexadecimal($0) }.joined()),
                ("wrapped", "/l/?u=https%3A%2F%2Flinks.example%2Fl%2F\(token)&x=1"),
                ("a parameter behind a full stop", "/l/\(token).?utm_source=x"),
            ]
            try await expectOpened(targets, at: edge)
        }
    }

    @Test("a link with data opens, whatever was glued to its token or to its last value", arguments: contacts)
    func withData(contact: String) async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let (token, query) = (try edge.token(contact: contact, data: Self.data), Self.query)
            let amp = query.replacing("&", with: "&amp;")
            var targets = Mangling.suffixes.map { ($0, "/l/\(token)\(query)\($0)") }
            targets += Mangling.suffixes.filter { !$0.contains(/[#&?]/) }.map { ($0, "/l/\(token)\($0)\(query)") }
            targets += Mangling.prefixes.map { ($0, "/l/\($0)\(token)\(query)") }
            targets += Mangling.infixes.map { ($0, "/l/\(token.prefix(70))\($0)\(token.dropFirst(70))\(query)") }
            targets += [
                ("an unencoded full stop", "/l/\(token)\(query.replacing("%2E", with: "."))"),
                ("plus signs", "/l/\(token)\(query.replacing("%20", with: "+"))"),
                ("a doubled field", "/l/\(token)\(query)&plan=gold"),
                ("a field added again", "/l/\(token)\(query)&plan=newsletter"),
                ("a field added before", "/l/\(token)?plan=newsletter&\(query.dropFirst())"),
                ("a second question mark", "/l/\(token)\(query)?utm_source=mail"),
                (
                    "a second question mark in the middle",
                    "/l/\(token)?company=Zo%C3%AB%20%26%20Co.%20Inc.?a=b&plan=gold"
                ),
                ("encoded once too often", "/l/\(token)\(query.replacing("%", with: "%25"))"),
                ("encoded with the question mark", "/l/\(token)\(Mangling.percentEncoded(query))"),
                ("entities", "/l/\(token)\(amp)"),
                ("quoted-printable", "/l/\(token)\(query.replacing("=", with: "=3D"))"),
                ("a broken line", "/l/\(token)\(query.replacing("%26", with: "=%0D%0A%26"))"),
                ("a zero-width space", "/l/\(token)\(query.replacing("Inc", with: "I%E2%80%8Bnc"))"),
                ("Latin-1", "/l/\(token)\(query.replacing("%C3%AB", with: "%EB"))"),
                ("decomposed", "/l/\(token)\(query.replacing("%C3%AB", with: "e%CC%88"))"),
                ("wrapped", "/l/?u=" + Mangling.percentEncoded("https://links.example/l/\(token)\(query)") + "&x=1"),
            ]
            try await expectOpened(targets, at: edge)
        }
    }

    @Test("the survey is given the data that the link was minted for, however it arrived")
    func dataReachesTheSurvey() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let token = try edge.token(data: Self.data)
            let mangled = "/l/%20\(token).?plan=newsletter&plan=gold&company=Zo%C3%AB+%26+Co.+Inc.?utm_source=x"
            let answer = try await edge.request("POST", mangled)
            #expect(answer.status == 303)
            #expect(answer["Location"]?.hasSuffix("&p=gold&e=Zo%C3%AB%20%26%20Co.%20Inc.") == true)
        }
    }

    @Test("a cut link, a changed letter, a changed case and two links in one are refused", arguments: contacts)
    func refused(contact: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let (token, other) = (try edge.token(contact: contact), try edge.token(1, contact: contact))
            let letters = Array(token)
            var targets = (1..<letters.count).flatMap { (cut) in
                [String(letters[..<cut]), String(letters[cut...]), String(letters[..<cut]) + "."]
            }
            for index in letters.indices {
                var changed = letters
                changed[index] = letters[index] == "A" ? "B" : "A"
                targets.append(String(changed))
                changed[index] = Character(
                    letters[index].isUppercase ? letters[index].lowercased() : letters[index].uppercased())
                if changed != letters { targets.append(String(changed)) }
            }
            targets += ["", "%20", ",", "%0A", "/", "%3Chttps://links.example/l/"].map { token + $0 + other }
            targets += [token + token, token.lowercased(), token.uppercased(), String(token.reversed())]
            let statuses = try await statuses(targets.map { "/l/" + $0 }, at: edge)
            for (target, status) in zip(targets, statuses) { #expect(status == 404, "\(target)") }
        }
    }

    @Test("what a refused text costs is one look for its signature", arguments: ["", "."])
    func cost(suffix: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let forged = try edge.token(key: edge.signingKey)
            let changed = String(forged.dropLast(8)) + "AAAAAAAA" + suffix
            _ = try await edge.get("/l/" + changed)
            let metrics = try await edge.get("/metrics").body
            #expect(metrics.contains(/linkseal_signature_cache_misses_total(\{[^}]*\})? 1\n/), "\(metrics)")
        }
    }

    @Test("the API reads a link as people copy it, and a session as survey tools pass it on")
    func api() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let token = try edge.token(data: Self.data)
            let link = "https://links.example/l/\(token)\(Self.query)"
            let encoded = Mangling.percentEncoded(link)
            let texts = [
                link, "<\(link)>", "\\\"\(link)\\\"", "\(link).", "\(link)/", " \(link)\\n", "(\(link))",
                "Your link: \(link)",
                "https://protect.example/?url=\(encoded)&data=05%7C01", "https://www.example/url?q=\(encoded)&sa=D",
                "https://protect.example/v3/__\(link)__;!!abc$",
                link.replacing(token, with: "\(token.prefix(60))=\\r\\n\(token.dropFirst(60))"),
            ]
            for text in texts {
                let answer = try await edge.post("/v1/verify", json: "{\"link\":\"\(text)\"}")
                #expect(answer.status == 200, "\(text): \(answer.body)")
            }
            let session = try await edge.session(starting: token + Self.query)
            for text in [".", "\\n", "?lang=en", "&a=b", " ", ")", "\\u200b"].map({ session + $0 }) + [
                "=\(session)", "3D\(session)",
            ] {
                let answer = try await edge.post("/v1/finish", json: "{\"session\":\"\(text)\"}")
                #expect(answer.status == 200, "\(text): \(answer.body)")
            }
        }
    }

    @Test(
        "the end of a survey is recorded, whatever the survey tool glued to the session",
        arguments: [
            "S.", "S%0A", "S?lang=en", "S/", "S%20", "S&lang=en", "S%3Flang=en", "=S", "3DS", "S_", "S%2520", "%22S%22",
        ])
    func done(form: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: try edge.token())
            let answer = try await edge.get("/done?session=\(form.replacing("S", with: session))")
            #expect(answer.status == 200)
            #expect(try await edge.state() == .finished(startedAt: EdgeHarness.now))
        }
    }
}
