import Consumption
import ConsumptionLog
import ConsumptionModel
import Files

/// A file system in memory that calls back after each operation on files, from within it.
struct HookedFileSystem: FileSystem {
    enum Operation: Equatable, Sendable {
        case open(FileAccess)
        case write
        case sync
    }

    let disk: MemoryFileSystem
    let hook: @Sendable (Operation) throws(FileError) -> Void

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any StorageFile {
        let file = try disk.open(path, access)
        try hook(.open(access))
        return HookedFile(file: file, hook: hook)
    }

    func exists(_ path: String) throws(FileError) -> Bool { try disk.exists(path) }
    func resolve(_ path: String) throws(FileError) -> String { try disk.resolve(path) }
    func rename(_ path: String, to newPath: String) throws(FileError) { try disk.rename(path, to: newPath) }
    func link(_ path: String, to newPath: String) throws(FileError) { try disk.link(path, to: newPath) }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func syncDirectory(of path: String) throws(FileError) { try disk.syncDirectory(of: path) }
}

private final class HookedFile: StorageFile {
    let file: any StorageFile
    let hook: @Sendable (HookedFileSystem.Operation) throws(FileError) -> Void

    init(file: any StorageFile, hook: @escaping @Sendable (HookedFileSystem.Operation) throws(FileError) -> Void) {
        self.file = file
        self.hook = hook
    }

    var path: String { file.path }
    func size() throws(FileError) -> Int { try file.size() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try file.read(into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let count = try file.write(bytes, at: offset)
        try hook(.write)
        return count
    }

    func sync() throws(FileError) {
        try file.sync()
        try hook(.sync)
    }

    func truncate(to size: Int) throws(FileError) { try file.truncate(to: size) }
    func tryLock() throws(FileError) -> Bool { try file.tryLock() }
    func isNamed(_ path: String) throws(FileError) -> Bool { try file.isNamed(path) }
    func wasRenamed(to path: String) { file.wasRenamed(to: path) }
    func close() { file.close() }
}
