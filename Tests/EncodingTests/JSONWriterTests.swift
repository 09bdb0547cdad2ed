import Encoding
import Foundation
import Testing

@Suite struct JSONWriterTests {
    @Test func `every scalar comes back from another's reader, and from ours`() throws {
        // All of the first plane but surrogates, with controls, quotes, line separators and marks of direction.
        let text = String(String.UnicodeScalarView((0...0xFFFF).compactMap { UnicodeScalar(UInt32($0)) })) + "😀"
        var json = JSONWriter()
        json.object { $0.member(text, text) }
        let read = try JSONDecoder().decode([String: String].self, from: Data(json.bytes))
        #expect(
            read.count == 1 && read.allSatisfy { $0.utf8.elementsEqual(text.utf8) && $1.utf8.elementsEqual(text.utf8) })
        var reader = JSONReader(json.bytes)
        var value = ""
        try reader.object { (reader, name) throws(JSONError) in
            #expect(name.utf8.elementsEqual(text.utf8))
            value = try reader.string()
        }
        try reader.end()
        #expect(value.utf8.elementsEqual(text.utf8))
    }

    @Test func `members are separated, and nil is left out`() {
        var json = JSONWriter()
        json.object {
            $0.member("a", 1)
            $0.member("b", nil as String?)
            $0.name("c")
            $0.array {
                $0.bool(true)
                $0.null()
                $0.object { (_) in }
            }
            $0.member("d", false)
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":1,"c":[true,null,{}],"d":false}"#)
    }
}
