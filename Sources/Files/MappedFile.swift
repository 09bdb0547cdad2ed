import Glibc

/// The bytes of a file, which the system reads when they are asked for (mmap(2)). The file must be one that is replaced and
/// never cut short.
package final class MappedFile: Sendable {
    // Only read, and unmapped by nobody but the last owner.
    private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    /// - Throws: ``FileError`` when the file can't be opened or mapped.
    package init(_ path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
        let count = Int(status.st_size)
        // No system maps nothing.
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw FileError("map", path, errno: errno) }
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    package var count: Int { bytes.count }

    /// A copy of some bytes.
    package subscript(range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    /// The big-endian number in the 8 bytes from that offset on.
    package func bigEndian(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset + 8 <= bytes.count)
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
