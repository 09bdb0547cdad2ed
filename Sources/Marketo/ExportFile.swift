import Cryptography
import Distributions
import Files
import FoundationEssentials
import Glibc
import NIOCore

/// Where the file of a job comes to lie, piece by piece.
struct ExportFile: Sendable {
    let path: String

    /// How much of it is there, in bytes.
    var length: Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    func remove() { unlink(path) }

    /// Appends to what is there.
    func writer() throws(MarketoError) -> Writer { try Writer(path) }

    final class Writer {
        private let path: String
        private let descriptor: CInt
        private(set) var length: Int

        fileprivate init(_ path: String) throws(MarketoError) {
            self.path = path
            descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            length = descriptor < 0 ? -1 : Int(lseek(descriptor, 0, SEEK_END))
            guard length >= 0 else { throw .workspace(.file(FileError("create", path, errno: errno))) }
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }

        /// Begins anew.
        func truncate() throws(MarketoError) {
            guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw .workspace(.file(FileError("empty", path, errno: errno)))
            }
            length = 0
        }

        func append(_ bytes: ByteBuffer) throws(MarketoError) {
            if let code = bytes.withUnsafeReadableBytes({ writeAll($0, to: descriptor) }) {
                throw .workspace(.file(FileError("write", path, errno: code)))
            }
            length += bytes.readableBytes
        }
    }

    /// SHA-256 of what is there, in hexadecimal.
    func checksum() throws(MarketoError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .workspace(.file(FileError("open", path, errno: errno))) }
        defer { close(descriptor) }
        var hash = SHA256()
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress!, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .workspace(.file(FileError("read", path, errno: errno)))
            }
            if count == 0 { break }
            hash.update(chunk.span.extracting(..<count))
        }
        let digest = hash.finalize()
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for index in digest.indices {
            text += [digits[Int(digest[index] >> 4)], digits[Int(digest[index] & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
