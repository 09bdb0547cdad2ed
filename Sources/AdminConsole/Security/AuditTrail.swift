import Distributions
import Files
import FoundationEssentials
import Glibc
import LinkToken

/// What was done in the console, by whom and when: JSON lines that are only ever appended to, each durable before the
/// next page is shown. Never a link, never a token, never a password.
///
/// ```json
/// {"at":"2026-11-24T07:18:07Z","distribution":"8f3a51c2…","from":"127.0.0.1","name":"NPS Q4","what":"generated","who":"admin"}
/// ```
final class AuditTrail: Sendable {
    struct Entry: Codable, Hashable, Sendable {
        var at: String
        var who: String
        /// The address that the request came from.
        var from: String
        var what: Action
        var distribution: String?
        /// The name of the distribution, list or key.
        var name: String?
        var detail: String?
    }

    enum Action: String, Codable, Hashable, Sendable, CaseIterable {
        case signedIn, signInFailed, signedOut, sessionEnded, refused, generated, generationFailed, downloaded,
            linkShown, revoked, ended, deleted, uploaded, imported, importFailed, madeDummies, removedList, merged,
            addedContact, changedContact, removedContacts, erased, rotated, published, settingsChanged,
            revocationUndone, reopened, renewed, edited, archived, unarchived, noted, added, addingFailed,
            edgesFetched, finishesRecorded
    }

    /// The bytes of the file's end in which the latest entries are looked for.
    private static let readLimit: off_t = 16 << 20

    private let path: String
    private let descriptor: CInt

    init(_ path: String) throws(ConsoleRefusal) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("open", path, errno: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .file(FileError("keep to yourself", path, errno: EPERM))
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends an entry in one write, so that entries of several processes don't mix.
    func record(_ entry: Entry) throws(ConsoleRefusal) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(entry) else { return }
        let line = Array(json) + [UInt8(ascii: "\n")]
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count, fdatasync(descriptor) == 0 else {
            throw .file(FileError("write", path, errno: errno))
        }
    }

    /// The last entries, the latest first: as many as are asked for, or as the last 16 MiB of the file hold.
    ///
    /// - Parameter distribution: whose; nil for all.
    func latest(_ limit: Int, of distribution: DistributionID? = nil) throws(ConsoleRefusal) -> [Entry] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .file(FileError("open", path, errno: errno)) }
        defer { close(file) }
        let length = lseek(file, 0, SEEK_END)
        let newline = UInt8(ascii: "\n")
        var size = min(off_t(limit) * 1024, Self.readLimit)
        while true {
            let start = max(0, length - size)
            var bytes = [UInt8](repeating: 0, count: Int(length - start))
            let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, start) }
            guard count >= 0 else { throw .file(FileError("read", path, errno: errno)) }
            let whole = start > 0 ? bytes[..<count].drop { $0 != newline } : bytes[..<count]
            let mark = distribution.map { Array("\"\($0)\"".utf8) } ?? []
            let lines = whole.split(separator: newline).filter { mark.isEmpty || $0.contains(mark) }
            if lines.count < limit, start > 0, size < Self.readLimit {
                size = min(size * 4, Self.readLimit)
                continue
            }
            let decoder = JSONDecoder()
            return lines.suffix(limit).reversed().compactMap { try? decoder.decode(Entry.self, from: Data($0)) }
                .filter { distribution == nil || $0.distribution == distribution?.description }
        }
    }
}
