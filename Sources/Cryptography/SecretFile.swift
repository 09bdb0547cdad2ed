import Files
import Glibc

/// Files that hold a secret: private keys, session keys, salts. Made 0600, and refused when more open.
public enum SecretFile {
    /// Secrets are small; a larger file is a mistake.
    private static let sizeLimit = 1 << 20

    /// Reads the whole file.
    ///
    /// - Throws: ``CryptographyError/fileTooOpen(path:mode:)`` when the group or others have any permission on it,
    ///   ``CryptographyError/file(_:)`` when it can't be read.
    public static func read(_ path: String) throws(CryptographyError) -> SecretBytes {
        let contents: Result<SecretBytes, CryptographyError>
        do throws(FileError) {
            contents = try readWithOwnerOnly(OpenFile(path), path: path)
        } catch {
            throw .file(error)
        }
        return try contents.get()
    }

    private static func readWithOwnerOnly(
        _ file: consuming OpenFile, path: String
    ) throws(FileError) -> Result<SecretBytes, CryptographyError> {
        let mode = try file.status().st_mode
        guard mode & S_IFMT == S_IFREG else { throw FileError("read", path, errno: EFBIG) }
        guard mode & 0o077 == 0 else { return .failure(.fileTooOpen(path: path, mode: mode & 0o777)) }
        var bytes = try file.readAll(limit: sizeLimit)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        return .success(SecretBytes(copying: bytes.span))
    }

    /// Writes a new file, durable together with its directory entry when the call returns.
    ///
    /// - Throws: ``CryptographyError/fileExists(path:)`` when there is one of that name,
    ///   ``CryptographyError/file(_:)`` when it can't be written.
    public static func create(_ path: String, _ bytes: Span<UInt8>) throws(CryptographyError) {
        do throws(FileError) {
            try DurableFile.create(path, bytes, mode: 0o600)
        } catch {
            throw error.errno == EEXIST ? .fileExists(path: path) : .file(error)
        }
    }
}
