import Glibc

/// Whole files, written so that no crash leaves a part of one under its name.
///
/// The bytes go to a temporary file in the same directory, which is synced, moved into place, and made durable by a
/// sync of the directory: the sequence of T. Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
package enum DurableFile {
    /// Puts a file in place, or puts it in the place of another.
    package static func replace(
        _ path: String, _ bytes: Span<UInt8>, mode: UInt32
    ) throws(FileError) {
        let temporary = try write(bytes, beside: path, mode: mode)
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw FileError("replace", path, errno: code)
        }
        try syncDirectory(of: path)
    }

    /// Creates a file, and replaces none.
    ///
    /// - Throws: a ``FileError`` with the number `EEXIST` if the path exists already.
    package static func create(
        _ path: String, _ bytes: Span<UInt8>, mode: UInt32
    ) throws(FileError) {
        let temporary = try write(bytes, beside: path, mode: mode)
        defer { unlink(temporary) }
        // Unlike rename, link refuses a name that is taken.
        guard link(temporary, path) == 0 else { throw FileError("create", path, errno: errno) }
        try syncDirectory(of: path)
    }

    /// Makes the entries of the directory that holds the path durable.
    package static func syncDirectory(of path: String) throws(FileError) {
        try Files.syncDirectory(parentDirectory(of: path))
    }

    private static func write(
        _ bytes: Span<UInt8>, beside path: String, mode: UInt32
    ) throws(FileError) -> String {
        let temporary = path + ".tmp-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
        defer { close(descriptor) }
        do throws(FileError) {
            if let code = bytes.bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) {
                throw FileError("write", path, errno: code)
            }
            guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        return temporary
    }
}

/// Makes the entries of a directory durable (fsync(2): syncing a file does not sync its name).
package func syncDirectory(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
}
