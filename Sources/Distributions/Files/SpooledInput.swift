import Cryptography
import Files
import Glibc

/// A contact file that can be read more than once: what is no regular file, as standard input and pipes, is copied to a
/// file without a name in that directory first.
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
        guard descriptor >= 0 else { throw .file(path: directory, operation: "create a file in", errno: errno) }
        self.descriptor = descriptor
        let input = try InputFile(file.path)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try input.read(into: &chunk)
            if count == 0 { break }
            if let code = chunk[..<count].withUnsafeBytes({ writeAll($0, to: descriptor) }) {
                throw .file(path: file.path, operation: "keep", errno: code)
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
