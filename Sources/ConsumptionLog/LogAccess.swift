import Consumption
import Files

extension ConsumptionLog {
    /// Tells whether a log could be opened now, without reading or changing it: it can be written or made, and no other
    /// process has it open. What is damaged in it is found by ``check(at:)``.
    ///
    /// - Throws: what ``open(at:mode:)`` would throw.
    public static func checkAccess(at path: String, mode: OpenMode = .existing) throws(ConsumptionError) {
        let fileSystem = SystemFileSystem()
        do throws(FileError) {
            if mode == .existingOrNew, try !fileSystem.exists(path) {
                if let errno = errnoOfCreating(path) { throw FileError("create", path, errno: errno) }
                return
            }
        } catch {
            throw ConsumptionError(error, creating: path)
        }
        // The lock is released at once, so that a server starting at this moment gets it.
        try LogOpening.openLocked(LogOpening.resolve(path, in: fileSystem), in: fileSystem).close()
    }
}
