import Cryptography
import Distributions
import Files
import Glibc
import LinkToken
import Synchronization

/// Files that were uploaded: contacts until they are imported, and exports of survey tools.
final class Uploads: Sendable {
    /// Until it is removed, in seconds.
    static let lifetime: UInt32 = 3600
    private static let limit = 20

    struct Upload: Sendable, Identifiable {
        let id: String
        /// The name that the browser gave; only ever shown.
        let fileName: String
        let path: String
        let byteCount: Int
        /// Not fewer than its rows.
        let lineCount: Int
        let user: String
        let receivedAt: UnixTime
        /// The list that it was uploaded to replace.
        var replacedList: String?
        /// The distribution whose responses it has. Nil for a file of contacts.
        let distribution: DistributionID?

        /// Whether it is read before its page answers. A workbook is an archive, in which there is more to read.
        var isPrompt: Bool {
            byteCount <= UploadReading.promptLimit / (fileName.lowercased().hasSuffix(".xlsx") ? 8 : 1)
        }
    }

    private let files: ConsoleFiles
    private let uploads = Mutex<[String: Upload]>([:])
    private let readings = Mutex<[String: UploadReading]>([:])

    init(_ files: ConsoleFiles) {
        self.files = files
    }

    /// A name of its own for a file that begins to arrive, and the descriptor to write it by.
    func begin() throws -> (id: String, path: String, descriptor: CInt) {
        let id = try randomText(12)
        let path = files.uploads + "/" + id + ".csv"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ConsoleRefusal.file(FileError("create", path, errno: errno)) }
        return (id, path, descriptor)
    }

    func keep(_ upload: Upload) {
        let dropped = uploads.withLock { (uploads) in
            var dropped = uploads.values.filter { upload.receivedAt >= $0.receivedAt.adding(seconds: Self.lifetime) }
            for old in dropped { uploads[old.id] = nil }
            if uploads.count >= Self.limit, let oldest = uploads.values.min(by: { $0.receivedAt < $1.receivedAt }) {
                uploads[oldest.id] = nil
                dropped.append(oldest)
            }
            uploads[upload.id] = upload
            return dropped
        }
        for old in dropped { discard(old) }
    }

    /// An upload of that user; others' are not there.
    ///
    /// - Parameter distribution: the one whose responses it must have; nil for contacts.
    func upload(_ id: String, of user: String, for distribution: DistributionID? = nil) -> Upload? {
        uploads.withLock { $0[id] }.flatMap { $0.user == user && $0.distribution == distribution ? $0 : nil }
    }

    /// The files of contacts of that user, the latest first.
    func contactFiles(of user: String) -> [Upload] {
        uploads.withLock { $0.values.filter { $0.user == user && $0.distribution == nil } }
            .sorted { $0.receivedAt > $1.receivedAt }
    }

    func remove(_ upload: Upload) {
        uploads.withLock { $0[upload.id] = nil }
        discard(upload)
    }

    private func discard(_ upload: Upload) {
        readings.withLock { $0[upload.id] = nil }
        unlink(upload.path)
    }

    /// What was found in it last.
    func reading(of upload: Upload) -> UploadReading? { readings.withLock { $0[upload.id] } }

    func keep(_ reading: UploadReading, of upload: Upload) {
        uploads.withLock { (uploads) in
            guard uploads[upload.id] != nil else { return }
            readings.withLock { $0[upload.id] = reading }
        }
    }

    /// Keeps why its import failed, for its page to say.
    func note(failure: String?, of upload: Upload) {
        readings.withLock { $0[upload.id]?.failure = failure }
    }
}
