import FoundationEssentials
import Glibc
import Trust

/// Reads a bundle from a file when it has changed.
struct FileBundleFetcher: Sendable {
    let path: String
    let limits: FetchLimits
    /// Whether the file as it was read last was accepted.
    var wasAccepted = false
    private var lastRead: Fingerprint?

    init(path: String, limits: FetchLimits) {
        self.path = path
        self.limits = limits
    }

    /// Tells one content of a path from the next. Replacing a file changes its inode, writing into it its times.
    private struct Fingerprint: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: [Int]
        let changed: [Int]

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
            changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    mutating func fetch() throws(BundleRefusal) -> BundleFetch {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failed("find") }
        let fingerprint = Fingerprint(status)
        if fingerprint == lastRead { return wasAccepted ? .asAccepted : .asRefused }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreachable(reason: "\(path) is not a file") }
        guard status.st_size <= limits.byteCount else { throw .bundle(.bundleTooLarge(limit: limits.byteCount)) }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw failed("read") }
        // Should the file change in between, the next look finds another fingerprint and reads again.
        lastRead = fingerprint
        return .bytes(Array(data))
    }

    private func failed(_ operation: String) -> BundleRefusal {
        .unreachable(reason: "can't \(operation) \(path): " + String(cString: strerror(errno)))
    }
}
