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
        while let row = try reader.next(where: filter.mayFind, passing: &place) {
            if row.isFound(by: search) { places.append(place - 1) }
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
    /// The words of the search in lower case. Those that aren't ASCII are left out: their case is not that of bytes.
    private let words: [[UInt8]]

    init(_ search: String) {
        words = search.lowercased().split(separator: " ").map { Array($0.utf8) }.filter { (word) in
            word.allSatisfy { $0 < 0x80 }
        }
    }

    func mayFind(_ row: [UInt8]) -> Bool {
        words.allSatisfy { (word) in
            row.withUnsafeBufferPointer { (row) in word.withUnsafeBufferPointer { Self.has($0, in: row) } }
        }
    }

    private static func has(_ word: UnsafeBufferPointer<UInt8>, in row: UnsafeBufferPointer<UInt8>) -> Bool {
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
