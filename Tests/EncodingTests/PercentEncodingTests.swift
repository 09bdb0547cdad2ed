import Encoding
import Testing

@Suite struct PercentEncodingTests {
    @Test func `everything but unreserved characters is encoded, and decoding gives it back`() {
        #expect("AZaz09-._~".percentEncoded == "AZaz09-._~")
        #expect("a b+c%/ü\r\n".percentEncoded == "a%20b%2Bc%25%2F%C3%BC%0D%0A")
        let all = String(decoding: (0..<0x80).map { UInt8($0) }, as: UTF8.self) + "é花😀"
        #expect(all.percentEncoded.percentDecoded == all)
    }

    @Test(arguments: [
        ("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%41", "A"), ("%c3%BC", "ü"), ("%2541", "%41"), ("a+b", "a+b"),
        ("%%41", "%A"), ("%+1", "%+1"),
    ])
    func `it is decoded once, and a stray percent sign stays`(text: String, decoded: String) {
        #expect(text.percentDecoded == decoded)
    }
}
