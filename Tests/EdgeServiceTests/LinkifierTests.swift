import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

/// Links in sentences, found by programs that mail clients and web pages use for it.
@Suite("Links in sentences")
struct LinkifierTests {
    private static let sentences = [
        "Your survey: LINK.", "Please open LINK, it takes five minutes!", "(See LINK)", "Is it \"LINK\"?", "<LINK>",
        "Bitte öffnen Sie LINK, es dauert nur fünf Minuten.", "Hier geht es los: „LINK“!",
        "Ouvrez LINK, s’il vous plaît ; merci !", "Cliquez ici : « LINK ».",
        "¿Ya abrió LINK?", "¡Abra LINK!", "Abra o link (LINK); obrigado.", "Apri LINK: bastano cinque minuti…",
        "アンケートはこちら：LINK。", "こちらのLINKをご覧ください。", "「LINK」を開いてください。",
        "请打开 LINK，谢谢。", "请点击LINK参加调查。", "（LINK）", "افتح الرابط LINK، شكرًا.", "«LINK»؟",
        "Lütfen LINK'i açın.", "Otwórz „LINK”, proszę.", "Откройте LINK, пожалуйста.", "कृपया LINK खोलें।", "LINK।",
        "Open LINK\nThank you", "LINK\u{200B}", "\u{FEFF}LINK\u{A0}today", "*LINK*", "_LINK_", "[survey](LINK)",
        "LINK | unsubscribe",
        "LINK–yours, personally", "Link:LINK;", "LINK's", "«LINK».", "LINK...",
    ]

    @Test("whatever two linkifiers make of a link in a sentence opens it")
    func sentences() async throws {
        let data = MangledLinkTests.data
        try await EdgeHarness.serving([MangledLinkTests.distribution]) { (edge) in
            let paths = [try edge.token(), try edge.token(data: data) + MangledLinkTests.query]
            let texts = paths.flatMap { (path) in
                Self.sentences.map { $0.replacing("LINK", with: "https://links.example/l/" + path) }
            }
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "linkify.py").path
            let run = try await ChildProcess.run(
                "/usr/bin/python3", [script], input: Array(try JSONEncoder().encode(texts)))
            #expect(run.status == 0, "\(run.errors)")

            var found: [String: Set<Int>] = [:]
            for line in run.output.split(separator: "\n") {
                let match = try JSONDecoder().decode(Found.self, from: Data(line.utf8))
                guard match.url.hasPrefix("https://links.example") else { continue }
                found[match.linkifier, default: []].insert(match.text)
                let target = Mangling.requested(String(match.url.dropFirst("https://links.example".count)))
                let status = try await edge.get(target).status
                #expect(status == 200, "\(match.linkifier) made \(match.url) of \(texts[match.text])")
            }
            for linkifier in ["bleach", "linkify-it"] {
                #expect(found[linkifier]?.count ?? 0 >= texts.count * 9 / 10, "\(linkifier) found too few links")
            }
        }
    }

    private struct Found: Decodable {
        let linkifier: String
        let text: Int
        let url: String
    }
}
