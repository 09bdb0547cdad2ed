import Files
import FoundationEssentials
import Glibc
import Trust

/// Reads a bundle from a file when it has changed.
struct FileBundleFetcher: Sendable {
    let path: String
    let limits: FetchLimits
    /// Whether the file as it was read last was accepted.
    var wasAccepted = false
    private var lastRead: FileFingerprint?

    init(path: String, limits: FetchLimits) {
        self.path = path
        self.limits = limits
    }

    mutating func fetch() throws(BundleRefusal) -> BundleFetch {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failed("find") }
        let fingerprint = FileFingerprint(status)
        if fingerprint == lastRead { return wasAccepted ? .asAccepted : .asRefused }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreachable(reason: "\(path) is not a file") }
        guard status.st_size <= limits.byteCount else { throw .bundle(.bundleTooLarge(limit: limits.byteCount)) }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw failed("read") }
        // Should the file change in between, the next look finds another fingerprint and reads again.
        lastRead = fingerprint
        return .bytes(Array(data))
    }

    /// Has the file read again although it stays as it is.
    mutating func forget() { lastRead = nil }

    private func failed(_ operation: String) -> BundleRefusal {
        .unreachable(reason: "can't \(operation) \(path): " + String(cString: strerror(errno)))
    }
}
