import Glibc

/// Converts text to UTF-8 with iconv(3), whose tables come with glibc.
final class TextConverter {
    private let descriptor: iconv_t

    /// Nil when the encoding needs no conversion, or this system lacks its table.
    init?(from encoding: TextEncoding) {
        guard let name = encoding.iconvName, let descriptor = iconv_open("UTF-8", name),
            descriptor != iconv_t(bitPattern: -1)
        else { return nil }
        self.descriptor = descriptor
    }

    deinit {
        iconv_close(descriptor)
    }

    /// Appends the longest prefix of whole characters.
    ///
    /// - Returns: how many bytes that were, and whether the ones after them are no character. Otherwise they are the
    ///   beginning of one.
    func convert(_ bytes: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) -> (used: Int, isInvalid: Bool) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return (0, false) }
        var used = 0
        var isInvalid = false
        // A byte becomes at most three, and four bytes of GB18030 four.
        let converted = [UInt8](unsafeUninitializedCapacity: 3 * bytes.count + 4) { (buffer, count) in
            var input: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: base)
                .assumingMemoryBound(to: CChar.self)
            var output: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(buffer.baseAddress!)
                .assumingMemoryBound(to: CChar.self)
            var inputLeft = bytes.count
            var outputLeft = buffer.count
            if iconv(descriptor, &input, &inputLeft, &output, &outputLeft) == -1 { isInvalid = errno == EILSEQ }
            used = bytes.count - inputLeft
            count = buffer.count - outputLeft
        }
        text.append(contentsOf: converted)
        return (used, isInvalid)
    }

    /// The text, without an incomplete character at its end. Nil if some bytes aren't valid in this encoding.
    func text(of bytes: [UInt8]) -> String? {
        var text: [UInt8] = []
        guard !bytes.withUnsafeBufferPointer({ convert($0, into: &text) }).isInvalid else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}
