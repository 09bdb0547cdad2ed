import TestSupport
import Testing

@testable import AdminConsole

@Suite struct QRCodeTests {
    /// Read back by another's reader: zbar, over librsvg's picture of the SVG.
    @Test(arguments: [1, 14, 15, 84, 122, 155, 213, 214, 220, 287, 700, 1200])
    func `a reader reads what was written`(length: Int) async throws {
        let beginning = "https://links.example/l/L"
        let text = String((beginning + String(repeating: "aZ09-_", count: length)).prefix(length))
        let code = try #require(QRCode(text))
        let directory = TemporaryDirectory()
        try directory.write(Array(code.svg(title: "<test> & \"more\"").utf8), to: "code.svg")
        let drawn = try await ChildProcess.run(
            "rsvg-convert", ["-z", "4", "-o", directory.path("code.png"), directory.path("code.svg")])
        try #require(drawn.status == 0, "\(drawn.errors)")
        let read = try await ChildProcess.run(
            "zbarimg", ["-q", "--raw", "-Sdisable", "-Sqrcode.enable", directory.path("code.png")])
        #expect(read.output == text + "\n")
    }

    @Test func `the smallest version is taken that holds the text, up to the largest`() {
        // ISO/IEC 18004:2015 table 7, level M, byte mode.
        for (length, version) in [(14, 1), (15, 2), (213, 10), (214, 11), (2331, 40)] {
            #expect(QRCode(String(repeating: "a", count: length))?.version == version)
        }
        #expect(QRCode(String(repeating: "a", count: 2332)) == nil)
    }
}
