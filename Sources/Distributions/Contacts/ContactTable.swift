import Cryptography
import Files
import Glibc

/// Writes a contact file batch by batch, so that what was fetched from a service survives a cut.
///
/// ```swift
/// let table = try ContactTableWriter(path, embeddedNames: ["company"], keeping: checkpoint?.length ?? 0)
/// try table.append(batch)
/// let length = try table.sync()  // goes into the checkpoint, with where the next batch begins
/// ```
///
/// The file is 0600. One process writes it at a time (flock(2)).
public final class ContactTableWriter {
    public let path: String
    private let descriptor: CInt
    private var csv = CSVWriter()
    private var length: Int

    /// - Parameters:
    ///   - path: the file that is written.
    ///   - embeddedNames: the headings of the embedded data.
    ///   - length: how many bytes of the file are kept. The rest is cut off, so zero starts the file over.
    /// - Throws: ``DistributionsError/file(_:)``, with `EWOULDBLOCK` while another process writes the file.
    public init(_ path: String, embeddedNames: [String], keeping length: Int = 0) throws(DistributionsError) {
        self.path = path
        self.length = length
        try makeDirectory(parentDirectory(of: path))
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("create", path, errno: errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .file(FileError("lock", path, errno: errno))
        }
        guard ftruncate(descriptor, length) == 0, lseek(descriptor, 0, SEEK_END) == length else {
            throw .file(FileError("continue", path, errno: errno))
        }
        if length == 0 { csv.appendHeadings(embeddedNames: embeddedNames) }
    }

    deinit {
        if descriptor >= 0 { unlockAndClose(descriptor) }
    }

    public func append(_ contacts: some Sequence<Contact>) throws(DistributionsError) {
        for contact in contacts { csv.append(contact) }
        let bytes = csv.take()
        if let code = bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) {
            throw .file(FileError("write", path, errno: code))
        }
        length += bytes.count
    }

    /// Makes durable what was appended.
    ///
    /// - Returns: the length of the file, in bytes.
    public func sync() throws(DistributionsError) -> Int {
        try append([])
        guard fsync(descriptor) == 0 else { throw .file(FileError("sync", path, errno: errno)) }
        return length
    }
}

extension CSVWriter {
    mutating func appendHeadings(embeddedNames: [String]) {
        for heading in ContactField.allCases.map(\.heading) + embeddedNames {
            cell(FormulaGuard.applied(to: heading))
        }
        endRow()
    }

    /// A row that ``ContactReader`` reads back, and no spreadsheet takes for a formula.
    mutating func append(_ contact: Contact) {
        for field in ContactField.allCases { cell(FormulaGuard.applied(to: contact[field])) }
        for value in contact.embeddedData { cell(FormulaGuard.applied(to: value)) }
        endRow()
    }
}
