import Files
import Glibc
import LinkToken

/// Writes a part of a distribution and its index.
struct PartWriter {
    private var contacts: StoredContactWriter
    private var index: RecipientIndexBuilder

    /// Rows that were written.
    var count: Int { contacts.count }

    /// - Parameter path: where the contacts go.
    init(_ path: String, embeddedNames: [String]) throws(DistributionsError) {
        contacts = try StoredContactWriter(path, embeddedNames: embeddedNames)
        index = try RecipientIndexBuilder()
    }

    mutating func append(_ row: StoredContactReader.Row) throws(DistributionsError) {
        guard case .contact(let contact) = row else { return try contacts.appendErased() }
        try append(contact)
    }

    mutating func append(_ contact: Contact) throws(DistributionsError) {
        try contacts.append(contact)
        index.insert(contact)
    }

    /// Both files are complete and durable.
    mutating func commit(indexPath: String) throws(DistributionsError) {
        try contacts.commit()
        try index.write(to: indexPath, partSize: contacts.byteCount)
    }
}

/// A part on its way into a distribution, in a directory that no library lists.
struct StagedPart {
    private let directory: String
    private var writer: PartWriter
    private let start: Int

    /// - Parameter start: the serial of the first contact.
    init(
        in directory: String, from start: Int = 0, embeddedNames: [String]
    ) throws(DistributionsError) {
        self.directory = directory
        self.start = start
        writer = try PartWriter(directory + "/contacts.csv", embeddedNames: embeddedNames)
    }

    var count: Int { writer.count }

    mutating func append(_ contact: Contact) throws(DistributionsError) { try writer.append(contact) }

    mutating func append(_ row: StoredContactReader.Row) throws(DistributionsError) { try writer.append(row) }

    /// All contacts are durable when this returns.
    mutating func complete() throws(DistributionsError) { try writer.commit(indexPath: indexPath) }

    /// Gives the files their names in the directory of a distribution. Syncing that is left to the caller.
    func move(to target: String) throws(DistributionsError) {
        let part = ContactPart(start..<start + count)
        // The index second: without its part it would be taken for abandoned.
        for (path, name) in [(directory + "/contacts.csv", part.fileName), (indexPath, part.indexName)] {
            guard rename(path, target + "/" + name) == 0 else {
                throw .file(FileError("create", target + "/" + name, errno: errno))
            }
        }
    }

    private var indexPath: String { directory + "/contacts.index" }
}

/// A directory that no library lists, for files on their way into the workspace. It goes with the value.
final class StagingDirectory {
    let path: String
    /// By which others know that somebody still works on it.
    private let lock: FileLock

    init(for id: DistributionID, in library: DistributionLibrary) throws(DistributionsError) {
        path = "\(library.directory)/staging-\(id)"
        let workspaceLock = try library.workspace.lock()
        defer { withExtendedLifetime(workspaceLock) {} }
        try makeDirectory(path)
        lock = try FileLock.acquired(path, O_RDONLY | O_DIRECTORY, .exclusive)
    }

    deinit { try? removeTree(path) }
}

extension DistributionLibrary {
    /// Merges the last parts of a distribution, so that many small additions leave few files. A part is merged if it is no
    /// larger than all parts behind it together. After n additions of one contact there are about log₂ n parts, and no contact was written
    /// anew more often than that. The locks of contacts and of the distribution are held.
    ///
    /// From the moment that the merged part has its name, the parts that it is made of are abandoned. The next change of the
    /// workspace removes them, and whoever has opened them can still read them.
    func mergeLastParts(of distribution: Distribution, in staging: StagingDirectory) throws(DistributionsError) {
        let parts = try openParts(of: distribution).map(\.part)
        guard let start = Self.startOfMerge(parts) else { return }
        var merged = try StagedPart(in: staging.path, from: start, embeddedNames: distribution.embeddedNames)
        var reader = try RecipientReader(of: distribution, in: self, from: start)
        while let row = try reader.nextRow() { try merged.append(row) }
        try merged.complete()
        try place(merged, in: distribution.id)
    }

    /// Makes the indexes that are missing, as after an erasure that was interrupted. The locks of contacts and of the
    /// distribution are held.
    func completeIndexes(of distribution: Distribution, in staging: StagingDirectory) throws(DistributionsError) {
        for part in try openParts(of: distribution) where try index(of: part, of: distribution.id) == nil {
            let path = staging.path + "/contacts.index"
            var builder = try RecipientIndexBuilder(reading: part)
            try builder.write(to: path, partSize: part.file.size())
            let lock = try workspace.lock()
            defer { withExtendedLifetime(lock) {} }
            let target = self.path(of: distribution.id) + "/" + part.part.indexName
            guard rename(path, target) == 0 else { throw .file(FileError("replace", target, errno: errno)) }
        }
    }

    private func place(_ part: StagedPart, in id: DistributionID) throws(DistributionsError) {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        try part.move(to: path(of: id))
        try syncDirectory(path(of: id))
    }

    /// Larger parts stay as they are, so that what an addition costs has a bound that does not depend on those before.
    private static let mergeLimit = 1 << 16

    private static func startOfMerge(_ parts: [ContactPart]) -> Int? {
        var (index, rows) = (parts.count - 1, parts[parts.count - 1].serials.count)
        while index > 0, parts[index - 1].serials.count <= rows, rows <= mergeLimit {
            index -= 1
            rows += parts[index].serials.count
        }
        return index < parts.count - 1 ? parts[index].serials.lowerBound : nil
    }
}
