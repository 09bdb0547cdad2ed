import Consumption
import ConsumptionLog
import Files
import TestSupport

/// A file system in memory that loses what was not synced, tears writes, and fails, all from a seed.
///
/// Beside what programs see (the page cache) it keeps what the medium holds. A power failure puts together, for each
/// sector of 512 bytes on its own, some state that the medium may have been in: any number of the writes since the last
/// sync, the next one torn at any byte. Names are lost in the same way, back to the last sync of the directory.
///
/// A sync that fails drops its pages as Linux does: they count as clean, stay readable until the power fails, and no
/// later sync writes them.
package final class MemoryFileSystem: FileSystem {
    package struct Faults: Sendable {
        /// The power fails at that operation, counted from 0, part of which is still done.
        package var crashAfter: Int?
        /// How much of a write is done when the power fails in it; by the seed where it is nil.
        package var crashPrefix: Int?
        /// In a thousand operations.
        package var short = 0
        package var interrupted = 0
        package var failing = 0
        /// What those that fail say; by the seed where it is nil.
        package var errno: Int32?

        package init(
            crashAfter: Int? = nil, crashPrefix: Int? = nil, short: Int = 0, interrupted: Int = 0, failing: Int = 0,
            errno: Int32? = nil
        ) {
            self.crashAfter = crashAfter
            self.crashPrefix = crashPrefix
            self.short = short
            self.interrupted = interrupted
            self.failing = failing
            self.errno = errno
        }
    }

    /// How the next life of the process begins.
    package enum Ending: Sendable {
        /// The process was killed: the page cache is still there.
        case killed
        /// The power failed, and nothing that was not synced survived.
        case powerLost
        /// The power failed, and everything survived up to some byte of some write, in order.
        case powerLostInOrder
        /// The power failed, and of what was not synced each sector came through or not.
        case powerLostAnyhow
    }

    /// The error number of every operation after a crash.
    package static let crashed: Int32 = 9999

    let state: Locked<Disk>

    package init(seed: UInt64) {
        state = Locked(Disk(generator: SeededGenerator(seed: seed)))
    }

    // MARK: For tests

    /// Sets the faults and counts operations from 0.
    package func inject(_ faults: Faults) {
        state.withLock {
            $0.faults = faults
            $0.operations = 0
        }
    }

    /// How many operations that change something were asked for since the faults were set.
    package var operations: Int { state.withLock { $0.operations } }

    package var hasCrashed: Bool { state.withLock { $0.hasCrashed } }

    /// How many bytes the write had in which the power failed, if it failed in one.
    package var crashedWriteSize: Int? { state.withLock { $0.crashedWriteSize } }

    /// Begins the next life: open files are gone, faults are off.
    package func restart(_ ending: Ending) {
        state.withLock { $0.restart(ending) }
    }

    /// What a program would read.
    package func contents(of path: String) -> [UInt8]? {
        state.withLock { disk in disk.names[path].map { disk.inodes[$0]!.cache } }
    }

    /// Puts a file there, durable.
    package func put(_ bytes: [UInt8], at path: String) {
        state.withLock { $0.put(bytes, at: path) }
    }

    package var names: [String] { state.withLock { $0.names.keys.sorted() } }

    // MARK: FileSystem

    package func open(_ path: String, _ access: FileAccess) throws(FileError) -> any StorageFile {
        let inode = try state.withLock { (disk) throws(FileError) in try disk.open(path, access) }
        return MemoryFile(path: path, inode: inode.number, life: inode.life, fileSystem: self)
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        try state.withLock { (disk) throws(FileError) in
            if disk.hasCrashed { throw FileError("inspect", path, errno: Self.crashed) }
            return disk.names[path] != nil
        }
    }

    /// There are no symbolic links here.
    package func resolve(_ path: String) throws(FileError) -> String { path }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        try state.withLock { (disk) throws(FileError) in
            try disk.change("rename", path, .rename(from: path, to: newPath))
        }
    }

    package func link(_ path: String, to newPath: String) throws(FileError) {
        try state.withLock { (disk) throws(FileError) in
            if disk.names[newPath] != nil { throw FileError("name", newPath, errno: FileError.fileExists) }
            guard let inode = disk.names[path] else {
                throw FileError("name", path, errno: FileError.noSuchFile)
            }
            try disk.change("name", path, .add(newPath, inode))
        }
    }

    package func remove(_ path: String) throws(FileError) {
        try state.withLock { (disk) throws(FileError) in
            guard disk.names[path] != nil || disk.hasCrashed else { return }
            try disk.change("remove", path, .remove(path))
        }
    }

    package func syncDirectory(of path: String) throws(FileError) {
        try state.withLock { (disk) throws(FileError) in
            try disk.perform("sync directory", path) {
                $0.syncNames()
            } partially: { _ in
            }
        }
    }
}

/// An open file.
private final class MemoryFile: StorageFile {
    private let name: Locked<String>
    private let inode: Int
    private let life: Int
    private let fileSystem: MemoryFileSystem

    var path: String { name.withLock { $0 } }

    init(path: String, inode: Int, life: Int, fileSystem: MemoryFileSystem) {
        name = Locked(path)
        self.inode = inode
        self.life = life
        self.fileSystem = fileSystem
    }

    deinit {
        close()
    }

    func size() throws(FileError) -> Int {
        try access { (disk) throws(FileError) in disk.inodes[inode]!.cache.count }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try access { (disk) throws(FileError) in
            let available = max(0, min(buffer.count, disk.inodes[inode]!.cache.count - offset))
            let count = try disk.granted("read", path, available)
            guard count > 0 else { return 0 }
            disk.inodes[inode]!.cache[offset..<offset + count].withUnsafeBytes { buffer.copyMemory(from: $0) }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try access { (disk) throws(FileError) in
            let count = try disk.granted("write", path, bytes.count)
            let content = [UInt8](bytes[..<count])
            try disk.perform("write", path) {
                $0.inodes[inode]!.change(.write(offset, content))
            } partially: { disk in
                disk.crashedWriteSize = count
                let done = min(count, disk.faults.crashPrefix ?? disk.generator.below(count + 1))
                if done > 0 { disk.inodes[inode]!.change(.write(offset, [UInt8](content[..<done]))) }
            }
            return count
        }
    }

    func sync() throws(FileError) {
        try access { (disk) throws(FileError) in
            try disk.perform("sync", path) {
                $0.inodes[inode]!.sync()
            } partially: { disk in
                disk.inodes[inode]!.medium = disk.inodes[inode]!.afterPowerLoss(.powerLostAnyhow, &disk.generator)
                disk.inodes[inode]!.pending = []
            }
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try access { (disk) throws(FileError) in
            try disk.perform("shorten", path) {
                $0.inodes[inode]!.change(.truncate(size))
            } partially: { _ in
            }
        }
    }

    func tryLock() throws(FileError) -> Bool {
        try access { (disk) throws(FileError) in
            if disk.inodes[inode]!.holder != nil { return false }
            disk.inodes[inode]!.holder = ObjectIdentifier(self)
            return true
        }
    }

    func isNamed(_ path: String) throws(FileError) -> Bool {
        try access { (disk) throws(FileError) in disk.names[path] == inode }
    }

    func wasRenamed(to path: String) { name.withLock { $0 = path } }

    func close() {
        fileSystem.state.withLock { disk in
            if disk.inodes[inode]?.holder == ObjectIdentifier(self) { disk.inodes[inode]!.holder = nil }
        }
    }

    private func access<Result>(
        _ body: (inout Disk) throws(FileError) -> Result
    ) throws(FileError) -> Result where Result: Sendable {
        try fileSystem.state.withLock { (disk) throws(FileError) in
            guard disk.life == life, !disk.hasCrashed else {
                throw FileError("use", path, errno: MemoryFileSystem.crashed)
            }
            return try body(&disk)
        }
    }
}
