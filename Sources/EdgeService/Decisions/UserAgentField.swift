import ConsumptionLog

extension UserAgentClass {
    /// The class of a `User-Agent` field (RFC 9110 §10.1.5), by the words that programs of a kind have in common.
    ///
    /// Programs that don't say what they are count as what they claim to be: a scanner that drives a browser and calls
    /// itself one is a browser here.
    init(userAgent field: String?) {
        // What stands further back is there to make the field long.
        let text = (field ?? "").utf8.prefix(512).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        func says(_ words: [[UInt8]]) -> Bool { words.contains { text.contains($0) } }

        if text.isEmpty {
            self = .unknown
        } else if says(Words.scanner) || text.contains(Words.bot) && !text.contains(Words.cubot) {
            self = .scanner
        } else if says(Words.tool) {
            self = .tool
        } else if says(Words.mailClient) {
            self = .mailClient
        } else if text.starts(with: Words.mozilla) || text.starts(with: Words.opera) {
            self = says(Words.mobile) ? .mobileBrowser : says(Words.desktop) ? .desktopBrowser : .unknown
        } else {
            self = .unknown
        }
    }

    private enum Words {
        static func bytes(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

        static let bot = Array("bot".utf8)
        /// A maker of telephones.
        static let cubot = Array("cubot".utf8)
        static let scanner = bytes(
            "barracuda", "bingpreview", "crawl", "embedly", "facebookexternalhit", "forcepoint", "fortinet",
            "googleimageproxy", "headless", "ironport", "lighthouse", "mimecast", "phantomjs", "playwright", "preview",
            "proofpoint", "puppeteer", "safelinks", "scanner", "selenium", "slackbot", "slurp", "sophos", "spider",
            "symantec", "trendmicro", "urldefense", "webdriver", "whatsapp", "yahoomailproxy")
        static let tool = bytes(
            "aiohttp", "apache-httpclient", "axios", "curl/", "go-http-client", "guzzle", "httpx", "insomnia", "java/",
            "libwww", "linkseal", "node-fetch", "node.js", "okhttp", "perl", "php/", "postman", "powershell", "python",
            "qualtrics", "reqwest", "ruby", "undici", "wget")
        static let mailClient = bytes(
            "airmail", "em client", "lotus-notes", "microsoft outlook", "ms-office", "outlook-", "postbox",
            "thunderbird")
        static let mozilla = Array("mozilla/".utf8)
        static let opera = Array("opera/".utf8)
        static let mobile = bytes("android", "ipad", "iphone", "ipod", "mobile")
        static let desktop = bytes("cros", "linux", "macintosh", "windows nt", "x11")
    }
}
