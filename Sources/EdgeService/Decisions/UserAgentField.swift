import Consumption

extension UserAgentClass {
    /// The class of a `User-Agent` field (RFC 9110 §10.1.5), by the words that programs of a kind have in common.
    ///
    /// Programs that don't say what they are count as what they claim to be: a scanner that drives a browser and calls
    /// itself one is a browser here.
    init(userAgent field: String?) {
        // Anything further back only makes the field long.
        let text = (field ?? "").utf8.prefix(512).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        let words = Words.kinds(in: text)

        if text.isEmpty {
            self = .unknown
        } else if words.contains(.scanner) || words.contains(.bot) && !words.contains(.cubot) {
            self = .scanner
        } else if words.contains(.tool) {
            self = .tool
        } else if words.contains(.mailClient) {
            self = .mailClient
        } else if text.starts(with: "mozilla/".utf8) || text.starts(with: "opera/".utf8) {
            self = words.contains(.mobile) ? .mobileBrowser : words.contains(.desktop) ? .desktopBrowser : .unknown
        } else {
            self = .unknown
        }
    }
}

/// What the words in a field speak for.
private struct Words: OptionSet {
    let rawValue: UInt8

    static let scanner = Words(rawValue: 1)
    static let bot = Words(rawValue: 2)
    /// A maker of telephones.
    static let cubot = Words(rawValue: 4)
    static let tool = Words(rawValue: 8)
    static let mailClient = Words(rawValue: 16)
    static let mobile = Words(rawValue: 32)
    static let desktop = Words(rawValue: 64)

    private static let known: [(kind: Words, words: [String])] = [
        (.bot, ["bot"]),
        (.cubot, ["cubot"]),
        (
            .scanner,
            [
                "barracuda", "bingpreview", "crawl", "embedly", "facebookexternalhit", "forcepoint", "fortinet",
                "googleimageproxy", "headless", "ironport", "lighthouse", "mimecast", "phantomjs", "playwright",
                "preview", "proofpoint", "puppeteer", "safelinks", "scanner", "selenium", "slackbot", "slurp", "sophos",
                "spider", "symantec", "trendmicro", "urldefense", "webdriver", "whatsapp", "yahoomailproxy",
            ]
        ),
        (
            .tool,
            [
                "aiohttp", "apache-httpclient", "axios", "curl/", "go-http-client", "guzzle", "httpx", "insomnia",
                "java/", "libwww", "linkseal", "node-fetch", "node.js", "okhttp", "perl", "php/", "postman",
                "powershell", "python", "qualtrics", "reqwest", "ruby", "undici", "wget",
            ]
        ),
        (
            .mailClient,
            [
                "airmail", "em client", "lotus-notes", "microsoft outlook", "ms-office", "outlook-", "postbox",
                "thunderbird",
            ]
        ),
        (.mobile, ["android", "ipad", "iphone", "ipod", "mobile"]),
        (.desktop, ["cros", "linux", "macintosh", "windows nt", "x11"]),
    ]

    /// By their first letter, so that a field is gone through once.
    private static let byLetter: [[(bytes: [UInt8], kind: Words)]] = {
        var table = [[(bytes: [UInt8], kind: Words)]](repeating: [], count: 0x80)
        for (kind, words) in known {
            for word in words.map({ Array($0.utf8) }) { table[Int(word[0])].append((word, kind)) }
        }
        return table
    }()

    /// - Parameter text: in lower case.
    static func kinds(in text: [UInt8]) -> Words {
        var found: Words = []
        for (index, letter) in text.enumerated() where letter < 0x80 {
            for (bytes, kind) in byLetter[Int(letter)] where text[index...].starts(with: bytes) { found.insert(kind) }
        }
        return found
    }
}
