import Glibc

/// A file that is read from its beginning to its end. `-` is standard input.
final class InputFile {
    let path: String
    private let descriptor: CInt

    /// - Parameter name: how errors name it, when not by its path.
    init(_ path: String, name: String? = nil) throws(DistributionsError) {
        self.path = name ?? (path == "-" ? "standard input" : path)
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw .file(path: path, operation: "read", errno: EISDIR)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Fills the buffer from that index on as far as the file gives bytes at once. Zero at the end of the file.
    func read(into buffer: inout [UInt8], from start: Int = 0) throws(DistributionsError) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw .file(path: path, operation: "read", errno: errno) }
        }
    }

    func seek(to offset: Int) throws(DistributionsError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw .file(path: path, operation: "seek in", errno: errno)
        }
    }
}
