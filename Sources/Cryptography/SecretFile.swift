import Glibc

/// Files that hold a secret: private keys, session keys, salts. Made 0600, and refused when more open.
public enum SecretFile {
    /// Secrets are small; a larger file is a mistake.
    private static let sizeLimit = 1 << 20

    /// Reads the whole file.
    ///
    /// - Throws: ``CryptographyError/fileTooOpen(path:mode:)`` when the group or others have any permission on it,
    ///   ``CryptographyError/file(path:operation:errno:)`` when it can't be read.
    public static func read(_ path: String) throws(CryptographyError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        defer { close(descriptor) }
        // The open file is asked and not the path, so that nobody can change it in between.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(path: path, operation: "inspect", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeLimit else {
            throw .file(path: path, operation: "read", errno: EFBIG)
        }
        guard status.st_mode & 0o077 == 0 else { throw .fileTooOpen(path: path, mode: status.st_mode & 0o777) }

        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        defer { for index in bytes.indices { bytes[index] = 0 } }
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: path, operation: "read", errno: count < 0 ? errno : EIO) }
            filled += count
        }
        return SecretBytes(copying: bytes.span)
    }

    /// Writes a new file, durable together with its directory entry when the call returns.
    ///
    /// - Throws: ``CryptographyError/fileExists(path:)`` when there is one of that name,
    ///   ``CryptographyError/file(path:operation:errno:)`` when it can't be written.
    public static func create(_ path: String, _ bytes: Span<UInt8>) throws(CryptographyError) {
        try DurableFile.create(path, bytes, mode: 0o600)
    }
}
