import Cryptography
import Encoding

extension VerifiedLink {
    /// The embedded data that came with the link in its query.
    ///
    /// Parameters of other names are ignored, since mail systems add their own. The strict reading comes first: each
    /// field once, decoded once. If the hash is not of that, every other reading is tried that undoes what is known to
    /// happen to links: a parameter that was added a second time, a full stop or a word that was glued to the last
    /// value, a value that was encoded once too often. At most one set of fields has the hash, so nothing is guessed.
    ///
    /// - Parameters:
    ///   - fields: the names of the fields that the distribution's links carry.
    ///   - query: the query of the link, as it arrived.
    /// - Throws: ``LinkRefusal/embeddedDataMismatch`` if no reading has the hash in the token.
    public func inLinkData(fields: [String], from query: QueryString) throws(LinkRefusal) -> EmbeddedData {
        let names = Set(fields.map { Array($0.utf8) })
        let strict = query.parameters.filter { names.contains(Array($0.name.utf8)) }
        if let data = try? EmbeddedData(strict), (try? check(data, salt: .inLink)) != nil { return data }
        for reading in InLinkReadings(fields: fields, query: query.text) {
            if let data = try? EmbeddedData(reading), (try? check(data, salt: .inLink)) != nil { return data }
        }
        throw .embeddedDataMismatch
    }
}

/// Everything that the fields of a query may have been before it was changed on its way, the likeliest first.
struct InLinkReadings: Sequence {
    // Bounds on what a hostile query costs: a hash for each reading.
    private static let readingLimit = 256
    private static let glueLimit = 96

    /// For each field that is there, its possible values.
    private let candidates: [(name: String, values: [String])]

    init(fields: [String], query: String) {
        guard query.utf8.count <= LinkText.byteCountLimit else {
            candidates = []
            return
        }
        let names = fields.map(\.normalizationFormC)
        var values = [[String]](repeating: [], count: fields.count)
        var last: Int?
        for pair in QueryString.pairs(of: query) {
            let readings = Self.names(pair.name)
            guard
                let index = names.firstIndex(where: { (name) in readings.contains { $0.utf8.elementsEqual(name.utf8) } }
                )
            else { continue }
            values[index] += Self.values(Array(pair.value))
            last = index
        }
        // What programs glue to a link, they glue to its end.
        if let last { values[last] += Self.shortened(values[last]) }
        candidates = zip(fields, values).compactMap { $1.isEmpty ? nil : ($0, Self.withoutRepetitions($1)) }
    }

    private static func withoutRepetitions(_ values: [String]) -> [String] {
        var known: Set<[UInt8]> = []
        return values.filter { known.insert(Array($0.utf8)).inserted }
    }

    /// What a parameter's name may have been: `&amp;` of a page's source is an ampersand.
    private static func names(_ bytes: some Collection<UInt8>) -> [String] {
        [Array(bytes), bytes.percentDecoded(plusIsSpace: true)].map { (bytes) in
            var name = text(bytes.percentDecoded(plusIsSpace: true)).withoutLineBreaks
            if name.hasPrefix("amp;") { name.removeFirst("amp;".count) }
            return name.normalizationFormC
        }
    }

    /// What a value may have been, if nothing was glued to it but another query.
    private static func values(_ bytes: [UInt8]) -> [String] {
        var pieces = [bytes[...]]
        // A value's own question mark is percent-encoded.
        if let mark = bytes.firstIndex(of: UInt8(ascii: "?")) { pieces.append(bytes[..<mark]) }
        // Quoted-printable writes the equals sign before it as =3D.
        if bytes.starts(with: "3D".utf8) { pieces += pieces.map { $0.dropFirst(2) } }
        return pieces.flatMap { (piece) in
            let once = piece.percentDecoded(plusIsSpace: true)
            let decodings = [
                once, piece.percentDecoded(plusIsSpace: false),
                once.percentDecoded(plusIsSpace: true),
                once.percentDecoded(plusIsSpace: false),
            ].map(text)
            return decodings + decodings.map(\.withoutLineBreaks)
        }
    }

    /// The values without the last character, without the last two, and so on.
    private static func shortened(_ values: [String]) -> [String] {
        var rest = withoutRepetitions(values).map { $0[...] }
        var shortened: [String] = []
        while shortened.count < glueLimit, !rest.isEmpty {
            rest = rest.compactMap { $0.unicodeScalars.count > 1 ? Substring($0.unicodeScalars.dropLast()) : nil }
            shortened += rest.map { String($0) }
        }
        return shortened
    }

    /// The text of UTF-8 in which old mail programs may have written Latin-1.
    private static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let count = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let character = String(validating: rest.prefix(count), as: UTF8.self)
            text += character ?? String(Unicode.Scalar(first))
            rest = rest.dropFirst(character == nil ? 1 : count)
        }
        return text
    }

    /// Counts through the combinations as an odometer does, each field's first value first.
    func makeIterator() -> AnyIterator<[(name: String, value: String)]> {
        var positions: [Int]? = candidates.isEmpty ? nil : Array(repeating: 0, count: candidates.count)
        var rest = Self.readingLimit
        return AnyIterator {
            guard let current = positions, rest > 0 else { return nil }
            rest -= 1
            positions = nil
            for index in current.indices where current[index] + 1 < candidates[index].values.count {
                var next = current
                for lower in next[..<index].indices { next[lower] = 0 }
                next[index] += 1
                positions = next
                break
            }
            return zip(candidates, current).map { ($0.name, $0.values[$1]) }
        }
    }
}

extension String {
    /// The text as it was before mail broke its lines and text programs added characters that nobody sees.
    fileprivate var withoutLineBreaks: String {
        let unwrapped = replacing("=\r\n", with: "").replacing("=\n", with: "")
        return String(unwrapped.unicodeScalars.filter { !$0.isAddedInTransit })
    }
}

extension Unicode.Scalar {
    fileprivate var isAddedInTransit: Bool {
        value == 0x0A || value == 0x0D || properties.isDefaultIgnorableCodePoint
    }
}
