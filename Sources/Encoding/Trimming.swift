extension StringProtocol where UTF8View: BidirectionalCollection {
    /// Without the white space at both ends.
    @inlinable
    package var trimmed: String {
        // Most text has no space at either end, which its bytes tell faster than its characters.
        func isPlain(_ byte: UInt8?) -> Bool { byte.map { (0x21..<0x7F).contains($0) } ?? false }
        if isPlain(utf8.first), isPlain(utf8.last) { return String(self) }
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
