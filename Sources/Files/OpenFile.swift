import Glibc

/// A file that is open for reading and is closed when the value goes.
package struct OpenFile: ~Copyable {
    private let path: String
    private let descriptor: CInt

    /// - Throws: ``FileError`` when it can't be opened.
    package init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Asks the open file and not the path, so that nobody can exchange the file in between.
    package func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
        return status
    }

    /// Everything from here to the end of the file.
    ///
    /// A regular file is read into memory that is allocated once, so no copy of its bytes stays behind.
    ///
    /// - Throws: ``FileError`` when it can't be read, with the number `EFBIG` when there are more bytes than the limit.
    package func readAll(limit: Int) throws(FileError) -> [UInt8] {
        let expected = max(0, Int(try status().st_size))
        guard expected <= limit else { throw FileError("read", path, errno: EFBIG) }
        // One more than expected, so that the end is seen without growing.
        var bytes = [UInt8](repeating: 0, count: max(expected + 1, 4096))
        var filled = 0
        while true {
            let count = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path, errno: errno) }
            if count == 0 { break }
            filled += count
            guard filled <= limit else { throw FileError("read", path, errno: EFBIG) }
            if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: filled)) }
        }
        bytes.removeSubrange(filled...)
        return bytes
    }
}

/// The bytes of a small file.
///
/// - Throws: ``FileError`` when it can't be read, with the number `EFBIG` when it is larger than the limit in bytes.
package func readSmallFile(_ path: String, limit: Int = 16 << 20) throws(FileError) -> [UInt8] {
    try OpenFile(path).readAll(limit: limit)
}
