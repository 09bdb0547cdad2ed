import Files
import Glibc
import LinkToken

/// A file with the contacts of consecutive serials of a distribution: `contacts-0-999.csv` has those of the serials 0 to
/// 999, a row each. Beside it lies its index (``RecipientIndex``), `contacts-0-999.index`.
///
/// A distribution is generated with one part, and every addition puts another one behind it. Nothing lists them: the
/// manifest says how many contacts there are, and the names say which parts have them. So a part whose serials begin where
/// the manifest's contacts end is one that nobody has committed, and a part within another one was merged into it.
struct ContactPart: Hashable, Sendable {
    let serials: Range<Int>

    init(_ serials: Range<Int>) {
        self.serials = serials
    }

    /// Nil for anything but the name of such a file or its index.
    init?(fileName: String) {
        guard let suffix = [".csv", ".index"].first(where: fileName.hasSuffix) else { return nil }
        let words = fileName.dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard words.count == 3, let first = Int(words[1]), let last = Int(words[2]), first >= 0, first <= last,
            last < Int(UInt32.max)
        else { return nil }
        serials = first..<last + 1
        guard name + suffix == fileName else { return nil }
    }

    private var name: String { "contacts-\(serials.lowerBound)-\(serials.upperBound - 1)" }

    var fileName: String { name + ".csv" }
    var indexName: String { name + ".index" }

    /// The parts with the contacts below a number, in order. Those that were merged are passed over.
    ///
    /// - Returns: nil if contacts are missing.
    static func chain(of fileNames: [String], contacts: Int) -> [ContactPart]? {
        var longest: [Int: ContactPart] = [:]
        for name in fileNames where name.hasSuffix(".csv") {
            guard let part = ContactPart(fileName: name) else { continue }
            let other = longest[part.serials.lowerBound]
            if part.serials.count > other?.serials.count ?? 0 { longest[part.serials.lowerBound] = part }
        }
        var chain: [ContactPart] = []
        var end = 0
        while end < contacts {
            guard let part = longest[end] else { return nil }
            chain.append(part)
            end = part.serials.upperBound
        }
        return chain
    }
}

extension Serial {
    /// The serial of a distribution's contact of that number, from 0. Nil where those of test links begin.
    init?(ofRecipient number: Int) {
        guard let number = UInt32(exactly: number), !Serial(rawValue: number).isForTesting else { return nil }
        self.init(rawValue: number)
    }
}

/// A part that can be read whatever becomes of its name.
struct OpenPart {
    let part: ContactPart
    let file: InputFile

    var serials: Range<Int> { part.serials }
}

extension DistributionLibrary {
    /// Opens the parts of a distribution, in order.
    ///
    /// No lock is needed: parts are only ever replaced by equal ones, with rows emptied where people were erased, or by
    /// larger ones.
    func openParts(of distribution: Distribution) throws(DistributionsError) -> [OpenPart] {
        let directory = path(of: distribution.id)
        // Parts may be merged between listing and opening them, and while they are listed. More than once is unlikely.
        attempt: for _ in 0..<20 {
            guard let chain = ContactPart.chain(of: try names(in: directory), contacts: distribution.contacts) else {
                continue
            }
            var parts: [OpenPart] = []
            for part in chain {
                do throws(DistributionsError) {
                    parts.append(OpenPart(part: part, file: try InputFile(directory + "/" + part.fileName)))
                } catch .file(let error) where error.errno == ENOENT {
                    continue attempt
                }
            }
            return parts
        }
        throw .damaged(
            path: directory,
            reason: "its files don't have all of the \(distribution.contacts) contacts that the manifest says")
    }

    /// The files of parts that a distribution no longer needs, or that were never committed. The lock is held.
    func abandonedParts(of id: DistributionID, among fileNames: [String]) -> [String] {
        let files = fileNames.filter { ContactPart(fileName: $0) != nil }
        // A part that is alone is the one that was generated. Without a manifest nobody can tell what is needed.
        guard Set(files.map { ContactPart(fileName: $0) }).count > 1, let distribution = try? distribution(id),
            let chain = ContactPart.chain(of: files, contacts: distribution.contacts)
        else { return [] }
        let needed = Set(chain.flatMap { [$0.fileName, $0.indexName] })
        return files.filter { !needed.contains($0) }
    }
}

/// Puts the embedded data of contacts into the columns of another table.
struct EmbeddedColumns: Sendable {
    /// For each column of the other table the one that its value is in. Nil if both tables have the same columns.
    private let sources: [Int?]?

    init(from names: [String], to others: [String]) {
        sources = names == others ? nil : others.map { names.firstIndex(of: $0) }
    }

    func arrange(_ contact: inout Contact) {
        guard let sources else { return }
        contact.embeddedData = sources.map { $0.map { contact.embeddedData[$0] } ?? "" }
    }
}
