import Cryptography
import Files
import Glibc

/// A file that is read from its beginning to its end. `-` is standard input.
final class InputFile {
    let path: String
    private let descriptor: CInt

    /// - Parameter name: how errors name it, when not by its path.
    init(_ path: String, name: String? = nil) throws(DistributionsError) {
        self.path = name ?? (path == "-" ? "standard input" : path)
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(FileError("open", path, errno: errno)) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw .file(FileError("read", path, errno: EISDIR))
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
            guard errno == EINTR else { throw .file(FileError("read", path, errno: errno)) }
        }
    }

    /// In bytes.
    func size() throws(DistributionsError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(FileError("inspect", path, errno: errno)) }
        return Int(status.st_size)
    }

    func seek(to offset: Int) throws(DistributionsError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw .file(FileError("seek in", path, errno: errno))
        }
    }
}

/// A contact file that can be read more than once. Standard input, a pipe or anything else that isn't a regular file is
/// first copied to a file without a name in that directory.
final class SpooledInput {
    let file: ContactFile
    private let descriptor: CInt

    init(_ file: ContactFile, in directory: String) throws(DistributionsError) {
        var status = stat()
        let isMissing = file.path != "-" && stat(file.path, &status) != 0
        // What is missing, or a directory, is refused when it is read.
        guard !isMissing, file.path == "-" || ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            self.file = file
            descriptor = -1
            return
        }
        let descriptor = openUnnamedFile(in: directory)
        guard descriptor >= 0 else { throw .file(FileError("create a file in", directory, errno: errno)) }
        self.descriptor = descriptor
        let input = try InputFile(file.path)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try input.read(into: &chunk)
            if count == 0 { break }
            if let code = chunk[..<count].withUnsafeBytes({ writeAll($0, to: descriptor) }) {
                throw .file(FileError("keep", file.path, errno: code))
            }
        }
        var spooled = file
        spooled.path = "/proc/self/fd/\(descriptor)"
        spooled.name = input.path
        self.file = spooled
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
