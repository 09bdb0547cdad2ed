import Consumption
import Encoding
import Files
import Glibc

/// The directory beside a log in which other processes leave events for the process that has the log open.
///
/// A file in it is a consumption log of its own. Its name ends in `.log` when all of it is durable.
struct LogInbox: Sendable {
    private let log: String
    private var directory: String { log + ".inbox" }
    private static let ending = ".log"

    /// - Parameter log: its path, without symbolic links.
    init(of log: String) { self.log = log }

    /// The path of what was left and not taken yet, in the order of names.
    func files() throws(ConsumptionError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw .system(FileError("open", directory, errno: errno))
        }
        defer { closedir(stream) }
        var files: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { (bytes) in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(Self.ending) { files.append("\(directory)/\(name)") }
        }
        return files.sorted()
    }

    /// Leaves events, and returns the path of their file.
    func leave(_ histories: LinkHistories) throws(ConsumptionError) -> String {
        let fileSystem = SystemFileSystem()
        let draft = "\(directory)/\(LogID.random().high.hexadecimal)"
        let file = draft + Self.ending
        do throws(FileError) {
            if mkdir(directory, 0o700) == 0 {
                try giveToOwnerOfLog(directory)
                try fileSystem.syncDirectory(of: directory)
            } else if errno != EEXIST {
                throw FileError("create", directory, errno: errno)
            }
        } catch {
            throw .system(error)
        }
        try ConsumptionLog.write(histories, to: draft)
        do throws(FileError) {
            try giveToOwnerOfLog(draft)
            try fileSystem.rename(draft, to: file)
            try fileSystem.syncDirectory(of: file)
        } catch {
            try? fileSystem.remove(draft)
            throw .system(error)
        }
        return file
    }

    func remove(_ file: String) throws(ConsumptionError) {
        do throws(FileError) {
            try SystemFileSystem().remove(file)
            try SystemFileSystem().syncDirectory(of: file)
        } catch {
            throw .system(error)
        }
    }

    /// Renames a file so that it is not looked at any more.
    func setAside(_ file: String) throws(ConsumptionError) {
        do throws(FileError) {
            try SystemFileSystem().rename(file, to: Self.pathAside(of: file))
            try SystemFileSystem().syncDirectory(of: file)
        } catch {
            throw .system(error)
        }
    }

    static func pathAside(of file: String) -> String { file + ".damaged" }

    static func holds(_ file: String) throws(ConsumptionError) -> Bool {
        do { return try SystemFileSystem().exists(file) } catch { throw .system(error) }
    }

    /// An administrator leaves events for a process that runs as another user. That user owns the directory and could put a
    /// symbolic link to anything in the file's place meanwhile, so links aren't followed.
    private func giveToOwnerOfLog(_ path: String) throws(FileError) {
        var status = stat()
        guard geteuid() == 0, stat(log, &status) == 0, status.st_uid != 0 else { return }
        guard lchown(path, status.st_uid, status.st_gid) == 0 else {
            throw FileError("change the owner of", path, errno: errno)
        }
    }
}
