import CGlibc
import Consumption
import Files
import Glibc

/// The file system of the machine, through POSIX calls.
package struct SystemFileSystem: FileSystem {
    package init() {}

    package func open(_ path: String, _ access: FileAccess) throws(FileError) -> any StorageFile {
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .writing: O_RDWR
            case .creating: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
        let file = SystemFile(path: path, descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("open", path, errno: EINVAL) }
        return file
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw FileError("inspect", path, errno: errno) }
        return false
    }

    package func resolve(_ path: String) throws(FileError) -> String {
        guard let resolved = realpath(path, nil) else { throw FileError("find", path, errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.rename(path, newPath) == 0 else { throw FileError("rename", path, errno: errno) }
    }

    package func link(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.link(path, newPath) == 0 else { throw FileError("name", newPath, errno: errno) }
    }

    package func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path, errno: errno) }
    }

    package func syncDirectory(of path: String) throws(FileError) {
        let directory = parentDirectory(of: path)
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", directory, errno: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", directory, errno: errno) }
    }
}

/// An open file. The descriptor is closed with the last reference at the latest.
private final class SystemFile: StorageFile, @unchecked Sendable {
    // Both change only when the one owner says so, while nothing else runs.
    private(set) var path: String
    private var descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    func size() throws(FileError) -> Int {
        Int(try own(STATX_SIZE).stx_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard count >= 0 else { throw FileError("read", path, errno: errno) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let count = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
        guard count >= 0 else { throw FileError("write", path, errno: errno) }
        return count
    }

    /// `fdatasync` includes the size when it changed, and leaves out the times of the inode, which cost a journal commit.
    func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
    }

    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError("shorten", path, errno: errno) }
    }

    func tryLock() throws(FileError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw FileError("lock", path, errno: errno) }
        return false
    }

    func isNamed(_ path: String) throws(FileError) -> Bool {
        guard let named = try status(AT_FDCWD, path, STATX_INO) else { return false }
        let own = try own(STATX_INO)
        return named.stx_dev_major == own.stx_dev_major && named.stx_dev_minor == own.stx_dev_minor
            && named.stx_ino == own.stx_ino
    }

    func wasRenamed(to path: String) { self.path = path }

    func close() {
        guard descriptor >= 0 else { return }
        unlockAndClose(descriptor)
        descriptor = -1
    }

    private func own(_ fields: UInt32) throws(FileError) -> statx {
        guard let status = try status(descriptor, "", fields) else {
            throw FileError("inspect", path, errno: ENOENT)
        }
        return status
    }

    /// Only the fields that are asked for, and never the times: since Linux 6.13 a file whose times were looked at gets
    /// new ones with the next write, and with them a journal commit that makes a sync take half as long again.
    ///
    /// - Parameter place: the path of a file in the directory; empty for what the descriptor itself is.
    /// - Returns: nil if the file does not exist.
    private func status(_ directory: Int32, _ place: String, _ fields: UInt32) throws(FileError) -> statx? {
        // AT_EMPTY_PATH, which glibc hides.
        let flags: Int32 = place.isEmpty ? 0x1000 : 0
        var status = statx()
        guard statx(directory, place, flags, fields, &status) == 0 else {
            guard errno == ENOENT else { throw FileError("inspect", path, errno: errno) }
            return nil
        }
        return status
    }
}

extension FileError {
    package static let interrupted = EINTR
    package static let inputOutputError = EIO
    package static let noSpace = ENOSPC
    package static let noSuchFile = ENOENT
    package static let fileExists = EEXIST
    package static let wouldBlock = EWOULDBLOCK

    /// Whether the disk is full or the quota used up.
    package var isLackOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }

    /// Whether it means that the file may be read but not written.
    var isReadOnly: Bool { errno == EROFS || errno == EACCES || errno == EPERM }
}
