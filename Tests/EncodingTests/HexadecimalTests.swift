import Encoding
import Testing

@Suite struct HexadecimalTests {
    @Test func `numbers are padded to their width`() {
        #expect(UInt8(0).hexadecimal == "00" && UInt8(0xAB).hexadecimal == "ab")
        #expect(UInt64(0x5EA1).hexadecimal == "0000000000005ea1" && UInt64.max.hexadecimal == "ffffffffffffffff")
    }

    @Test(
        arguments: [
            ("0", 0), ("fF", 255), ("000fe", 254), ("", nil), ("100", nil), ("+1", nil), ("g", nil), ("１", nil),
        ] as [(String, UInt8?)])
    func `digits in either case are read, and nothing else`(text: String, value: UInt8?) {
        #expect(UInt8(hexadecimal: text.utf8) == value)
    }
}
