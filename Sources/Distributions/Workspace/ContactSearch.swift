import LinkToken

extension ContactLibrary {
    /// The contacts of a list that a search finds, a page of them at a time.
    ///
    /// - Parameters:
    ///   - list: the list.
    ///   - search: part of a name, an e-mail address, an ID or a reference, in any case. Empty for all contacts.
    ///   - range: which of those that are found.
    /// - Returns: those of the range, and how many are found in all.
    public func contacts(
        of list: ContactList, finding search: String = "", in range: (_ count: Int) -> Range<Int>
    ) throws(DistributionsError) -> (contacts: [Contact], count: Int) {
        var reader = try StoredContactReader(directory + "/" + list.file)
        guard !search.isEmpty else {
            let range = range(list.contacts).clamped(to: 0..<list.contacts)
            try reader.skip(range.lowerBound)
            var found: [Contact] = []
            while found.count < range.count, let contact = try reader.next() { found.append(contact) }
            return (found, list.contacts)
        }
        // Which page it is depends on how many there are, so their places are kept and not the contacts.
        let filter = RowFilter(search)
        var places: [Int] = []
        var place = 0
        while let isFound = try reader.nextRow(finding: filter) {
            if isFound { places.append(place) }
            place += 1
        }
        let wanted = Array(places[range(places.count).clamped(to: 0..<places.count)])
        var found: [Contact] = []
        reader = try StoredContactReader(directory + "/" + list.file)
        place = 0
        for next in wanted {
            try reader.skip(next - place)
            if let contact = try reader.next() { found.append(contact) }
            place = next + 1
        }
        return (found, places.count)
    }
}

extension Contact {
    /// Whether a person who searches for that text means this contact.
    public func isFound(by search: String) -> Bool {
        let search = search.lowercased()
        return [self[.contactID], email, firstName + " " + lastName, externalDataReference].contains {
            $0.lowercased().contains(search)
        }
    }
}

/// Tells from the bytes of a row that a search can't find it, since making a contact of each of a million rows takes
/// longer than anybody waits for a page.
struct RowFilter {
    /// What is searched for. Empty for all contacts.
    let text: String
    /// The words of the search in lower case. Those that aren't ASCII are left out: their case is not that of bytes.
    private let words: [[UInt8]]
    /// Whether what is searched for is one such word, which can only be inside of a cell.
    private let isOneWord: Bool

    static let everybody = RowFilter("")

    init(_ search: String) {
        text = search
        words = search.lowercased().split(separator: " ").map { Array($0.utf8) }.filter { (word) in
            word.allSatisfy { $0 < 0x80 }
        }
        isOneWord = words.count == 1 && words[0].count == search.utf8.count
    }

    /// Whether the search finds the contact of the row. Nil when the contact has to be asked.
    func judge(_ row: CSVRow) -> Bool? {
        if text.isEmpty { return true }
        return row.bytes.withUnsafeBufferPointer { (bytes) in
            for word in words where !Self.has(word, in: bytes) { return false }
            guard isOneWord, row.count >= ContactField.allCases.count else { return nil }
            // Every field but the language, which comes last.
            return (0..<ContactField.allCases.count - 1).contains { (column) in
                Self.has(words[0], in: UnsafeBufferPointer(rebasing: bytes[row.range(of: column)]))
            }
        }
    }

    private static func has(_ word: [UInt8], in row: UnsafeBufferPointer<UInt8>) -> Bool {
        guard row.count >= word.count else { return false }
        let first = word[0]
        for start in 0...(row.count - word.count) where lowercased(row[start]) == first {
            var length = 1
            while length < word.count, lowercased(row[start + length]) == word[length] { length += 1 }
            if length == word.count { return true }
        }
        return false
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
