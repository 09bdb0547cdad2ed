import Cryptography
import Files
import Glibc

/// A file that appears under its name only when it is complete and durable. `-` is standard output, which is written
/// as it comes, and so is what is there already and no regular file: a pipe or `/dev/null`. So is the file that standard
/// output or standard error goes to, whose name `/dev/stdout` may be. Another symbolic link stays, and its file is
/// replaced.
///
/// Until ``commit()`` the bytes have no name at all where the file system can do that (`O_TMPFILE`, open(2)), so that
/// a killed process leaves nothing behind. Elsewhere they have a temporary name beside the file's. What a killed process
/// left under such a name is removed when that file is written again.
final class OutputFile {
    let path: String
    private let descriptor: CInt
    private let isStream: Bool
    /// What the path leads to.
    private let target: String
    private var temporaryName: String?
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    /// - Parameter mode: its permissions, 0600 for what others must not read.
    init(_ path: String, mode: mode_t = 0o600) throws(DistributionsError) {
        self.path = path
        buffer.reserveCapacity(Self.bufferSize * 2)
        let found = try Self.status(of: path)
        let kind = found.map { $0.st_mode & S_IFMT } ?? S_IFREG
        let standard = Self.standardStream(path, found)
        isStream = standard != nil || kind != S_IFREG
        target = isStream ? path : try Self.target(of: path, found)
        let directory = parentDirectory(of: target)
        if let standard {
            descriptor = dup(standard)
        } else if kind == S_IFDIR {
            throw .file(FileError("write", path, errno: EISDIR))
        } else if kind != S_IFREG {
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
        } else {
            Self.removeLeftovers(of: target)
            let unnamed = openUnnamedFile(in: directory, mode: mode)
            // Without /proc the file could not be given its name later.
            if unnamed >= 0, access("/proc/self/fd/\(unnamed)", F_OK) == 0 {
                descriptor = unnamed
                // Before it gets a name in ``commit()``.
                flock(descriptor, LOCK_EX)
            } else {
                if unnamed >= 0 { close(unnamed) }
                (descriptor, temporaryName) = Self.createTemporaryFile(for: target, mode: mode)
            }
        }
        guard descriptor >= 0 else { throw .file(FileError("create", path, errno: errno)) }
    }

    /// A file that a person named.
    ///
    /// - Throws: ``DistributionsError/output(path:fault:)`` for the name of another format, a file among the workspace's
    ///   own, and a symbolic link that somebody else may have put there.
    convenience init(
        _ path: String, outsideOf workspace: Workspace, format: SpreadsheetFormat = .csv
    ) throws(DistributionsError) {
        func refuse(_ fault: OutputError) -> DistributionsError { .output(path: path, fault: fault) }
        let named = SpreadsheetFormat(fileName: path)
        if format == .xlsx, let named, named != .xlsx { throw refuse(.workbook(suffix: ".\(named.rawValue)")) }
        if let suffix = OutputError.otherFormats.first(where: { path.lowercased().hasSuffix($0) }), named != format {
            throw refuse(.otherFormat(suffix: suffix))
        }
        let found = try Self.status(of: path)
        if Self.standardStream(path, found) == nil {
            if let link = untrustedLink(on: path) { throw refuse(.untrustedLink(link)) }
            let directory = parentDirectory(of: try Self.target(of: path, found))
            for own in [workspace.dataDirectory, workspace.keyringDirectory] where isInside(own, directory) {
                throw refuse(.workspaceFile(directory: own))
            }
        }
        try self.init(path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let temporaryName { unlink(temporaryName) }
    }

    func write(_ bytes: [UInt8]) throws(DistributionsError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    func write(_ text: String) throws(DistributionsError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Everything that was written is durable when this returns; it does not have its name yet.
    func complete() throws(DistributionsError) {
        try flush()
        guard !isStream else { return }
        guard fsync(descriptor) == 0 else { throw .file(FileError("sync", path, errno: errno)) }
    }

    /// The file has its name, in place of any that was there, and both are durable.
    func commit() throws(DistributionsError) {
        try complete()
        guard !isStream else { return }
        let name = temporaryName ?? Self.temporaryName(for: target)
        if temporaryName == nil {
            guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
                throw .file(FileError("create", path, errno: errno))
            }
            temporaryName = name
        }
        guard rename(name, target) == 0 else { throw .file(FileError("replace", path, errno: errno)) }
        temporaryName = nil
        try syncDirectory(parentDirectory(of: target))
    }

    private func flush() throws(DistributionsError) {
        if let code = buffer.withUnsafeBytes({ writeAll($0, to: descriptor) }) {
            throw .file(FileError("write", path, errno: code))
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// What is there, if anything.
    private static func status(of path: String) throws(DistributionsError) -> stat? {
        if path == "-" { return nil }
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard errno == ENOENT else { throw .file(FileError("create", path, errno: errno)) }
        return nil
    }

    /// The file of this process that the path means: as a shell names it, or standard output or standard error where that
    /// is what was found.
    private static func standardStream(_ path: String, _ found: stat?) -> CInt? {
        if path == "-" { return STDOUT_FILENO }
        for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
            return CInt(path.dropFirst(prefix.count))
        }
        return [STDOUT_FILENO, STDERR_FILENO].first {
            var status = stat()
            return fstat($0, &status) == 0 && found?.isSame(as: status) == true
        }
    }

    /// Where symbolic links lead, though nothing may be there yet.
    private static func target(of path: String, _ found: stat?) throws(DistributionsError) -> String {
        var target = path
        // As many as Linux follows.
        for _ in 0..<40 {
            guard let text = linkTarget(of: target) else { break }
            target = text.hasPrefix("/") ? text : parentDirectory(of: target) + "/" + text
        }
        // Links in /proc may contain something other than a path.
        if let found {
            guard let status = try status(of: target), status.isSame(as: found) else {
                throw .file(FileError("replace", path, errno: ENOENT))
            }
        }
        return target
    }

    private static func temporaryName(for path: String) -> String {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let padding = String(repeating: "0", count: randomLength - random.count)
        return parentDirectory(of: path) + "/" + temporaryPrefix(for: path) + padding + random
    }

    private static func temporaryPrefix(for path: String) -> String { "." + lastComponent(of: path) + ".tmp-" }

    /// That of the largest number of 64 bits in base 36.
    private static let randomLength = 13

    /// A new file with a lock on it: whoever removes what killed processes left behind leaves it alone.
    ///
    /// - Returns: a negative descriptor, and no name, for a file that can't be created.
    private static func createTemporaryFile(for path: String, mode: mode_t) -> (CInt, String?) {
        while true {
            let name = temporaryName(for: path)
            let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard descriptor >= 0 else { return (descriptor, nil) }
            flock(descriptor, LOCK_EX)
            var status = stat()
            // Somebody may have found it before it was locked, and removed it.
            if fstat(descriptor, &status) == 0, status.st_nlink > 0 { return (descriptor, name) }
            close(descriptor)
        }
    }

    /// Removes the temporary files of this user that no process holds a lock on any more. They may hold links.
    private static func removeLeftovers(of path: String) {
        let directory = parentDirectory(of: path)
        let prefix = temporaryPrefix(for: path)
        for name in (try? names(in: directory)) ?? [] where name.hasPrefix(prefix) {
            let random = name.dropFirst(prefix.count).utf8
            guard random.count == randomLength,
                random.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
            else { continue }
            let descriptor = open(directory + "/" + name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
                flock(descriptor, LOCK_EX | LOCK_NB) == 0
            {
                unlink(directory + "/" + name)
            }
        }
    }
}

/// Why a file that a person named must not be written.
public enum OutputError: Hashable, Sendable {
    /// The name is that of a format that linkseal does not write.
    case otherFormat(suffix: String)
    /// A workbook would get the name of a text file.
    case workbook(suffix: String)
    /// It lies in a directory of the workspace's own files.
    case workspaceFile(directory: String)
    /// A symbolic link on the way to it lies where others can put one.
    case untrustedLink(String)

    static let otherFormats = [".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".fods", ".numbers"]
}

extension OutputError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherFormat(let suffix):
            "this is text, not a \(suffix) file; name it .csv, which spreadsheet programs open too"
        case .workbook(let suffix):
            "this is an Excel workbook, not a \(suffix) file; name it .xlsx"
        case .workspaceFile(let directory):
            "\(directory) holds the workspace's own files; choose another directory"
        case .untrustedLink(let link):
            "\(link) is a symbolic link in a directory that others can write to; name the file that it leads to"
        }
    }
}

/// The first symbolic link on a path that somebody else may have put there: it lies in a directory that neither this user
/// nor root owns, or that everybody can write to, as in /tmp. Whoever made it chooses what is overwritten.
private func untrustedLink(on path: String) -> String? {
    // Ends in a slash, or is empty where the path begins.
    var directory = path.hasPrefix("/") ? "/" : ""
    var names = Array(path.split(separator: "/").reversed())
    var followed = 0
    while let name = names.popLast() {
        let here = directory + name
        guard let target = linkTarget(of: here), followed < 40 else {
            directory = here + "/"
            continue
        }
        var status = stat()
        guard stat(directory + ".", &status) == 0, [geteuid(), 0].contains(status.st_uid), status.st_mode & S_IWOTH == 0
        else {
            return here
        }
        followed += 1
        if target.hasPrefix("/") { directory = "/" }
        names += target.split(separator: "/").reversed()
    }
    return nil
}

/// What a symbolic link says. Nil for anything else.
private func linkTarget(of path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
}

/// Whether a directory is the other one or lies below it, by whatever names.
private func isInside(_ directory: String, _ path: String) -> Bool {
    var (outer, inner, above) = (stat(), stat(), stat())
    var path = path
    guard stat(directory, &outer) == 0, stat(path, &inner) == 0 else { return false }
    while !inner.isSame(as: outer) {
        path += "/.."
        // The root is above itself.
        guard stat(path, &above) == 0, !above.isSame(as: inner) else { return false }
        inner = above
    }
    return true
}

extension stat {
    /// Whether both are of the same file.
    fileprivate func isSame(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}
