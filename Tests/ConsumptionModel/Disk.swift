import Consumption
import ConsumptionLog
import Files
import TestSupport

/// The state of a ``MemoryFileSystem``.
struct Disk: Sendable {
    enum NameChange: Sendable {
        case add(String, Int)
        case remove(String)
        case rename(from: String, to: String)
    }

    var generator: SeededGenerator
    var faults = MemoryFileSystem.Faults()
    var operations = 0
    var hasCrashed = false
    /// How many bytes the write had in which the power failed.
    var crashedWriteSize: Int?
    private(set) var life = 0
    var inodes: [Int: Inode] = [:]
    private(set) var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var pendingNames: [NameChange] = []

    init(generator: SeededGenerator) {
        self.generator = generator
    }

    // MARK: Operations

    mutating func open(_ path: String, _ access: FileAccess) throws(FileError) -> (number: Int, life: Int) {
        if hasCrashed { throw FileError("open", path, errno: MemoryFileSystem.crashed) }
        if access == .creating {
            if names[path] != nil { throw FileError("open", path, errno: FileError.fileExists) }
            let number = inodes.count + 1
            inodes[number] = Inode()
            try change("open", path, .add(path, number))
            return (number, life)
        }
        guard let number = names[path] else { throw FileError("open", path, errno: FileError.noSuchFile) }
        return (number, life)
    }

    mutating func change(_ operation: String, _ path: String, _ change: NameChange) throws(FileError) {
        try perform(operation, path) { disk in
            Self.apply(change, to: &disk.names)
            disk.pendingNames.append(change)
        } partially: { disk in
            guard disk.generator.chance(500) else { return }
            Self.apply(change, to: &disk.names)
            disk.pendingNames.append(change)
        }
    }

    mutating func syncNames() {
        durableNames = names
        pendingNames = []
    }

    /// Does an operation that changes something, unless it is time to crash or to fail; then it may be done in part.
    mutating func perform(
        _ operation: String,
        _ path: String,
        _ whole: (inout Disk) -> Void,
        partially part: (inout Disk) -> Void
    ) throws(FileError) {
        if hasCrashed { throw FileError(operation, path, errno: MemoryFileSystem.crashed) }
        defer { operations += 1 }
        if operations == faults.crashAfter {
            part(&self)
            hasCrashed = true
            throw FileError(operation, path, errno: MemoryFileSystem.crashed)
        }
        if generator.chance(faults.failing) {
            part(&self)
            let isFull = generator.chance(500)
            let errno = isFull ? FileError.noSpace : FileError.inputOutputError
            throw FileError(operation, path, errno: faults.errno ?? errno)
        }
        whole(&self)
    }

    /// How many bytes of a read or a write are done.
    mutating func granted(_ operation: String, _ path: String, _ count: Int) throws(FileError) -> Int {
        if generator.chance(faults.interrupted) {
            throw FileError(operation, path, errno: FileError.interrupted)
        }
        guard count > 1, generator.chance(faults.short) else { return count }
        return 1 + generator.below(count - 1)
    }

    mutating func put(_ bytes: [UInt8], at path: String) {
        let number = inodes.count + 1
        inodes[number] = Inode(cache: bytes, medium: bytes)
        names[path] = number
        syncNames()
    }

    // MARK: Crashes

    mutating func restart(_ ending: MemoryFileSystem.Ending) {
        life += 1
        hasCrashed = false
        crashedWriteSize = nil
        faults = MemoryFileSystem.Faults()
        if ending != .killed {
            let survivors = ending == .powerLost ? 0 : generator.below(pendingNames.count + 1)
            for change in pendingNames[..<survivors] { Self.apply(change, to: &durableNames) }
            names = durableNames
            pendingNames = []
        }
        for number in inodes.keys.sorted() {
            inodes[number]!.holder = nil
            guard ending != .killed else { continue }
            let medium = inodes[number]!.afterPowerLoss(ending, &generator)
            inodes[number] = Inode(cache: medium, medium: medium)
        }
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .add(let path, let number): names[path] = number
        case .remove(let path): names[path] = nil
        case .rename(let from, let to):
            if let number = names.removeValue(forKey: from) { names[to] = number }
        }
    }
}

/// A file: what programs see, what the medium holds, and what lies between.
struct Inode: Sendable {
    enum Change: Sendable {
        case write(Int, [UInt8])
        case truncate(Int)
    }

    var cache: [UInt8] = []
    var medium: [UInt8] = []
    var pending: [Change] = []
    /// Who locked it.
    var holder: ObjectIdentifier?

    static let sectorSize = 512

    mutating func change(_ change: Change) {
        Self.apply(change, to: &cache)
        pending.append(change)
    }

    /// Only what was written since the last sync reaches the medium: pages that a failed sync dropped do not.
    mutating func sync() {
        for change in pending { Self.apply(change, to: &medium) }
        pending = []
    }

    func afterPowerLoss(_ ending: MemoryFileSystem.Ending, _ generator: inout SeededGenerator) -> [UInt8] {
        var result = medium
        switch ending {
        case .killed: return cache
        case .powerLost: break
        case .powerLostInOrder:
            let count = generator.below(pending.count + 1)
            for change in pending[..<count] { Self.apply(change, to: &result) }
            if count < pending.count, case .write(let offset, let bytes) = pending[count] {
                Self.apply(.write(offset, [UInt8](bytes[..<generator.below(bytes.count + 1)])), to: &result)
            }
        case .powerLostAnyhow:
            guard !pending.isEmpty else { break }
            for change in pending[...generator.below(pending.count)] {
                switch change {
                case .truncate: Self.apply(change, to: &result)
                case .write(let offset, let bytes): scatter(bytes, at: offset, into: &result, &generator)
                }
            }
        }
        return result
    }

    /// Writes some of the sectors that the bytes touch, and some of them in part.
    private func scatter(
        _ bytes: [UInt8],
        at offset: Int,
        into medium: inout [UInt8],
        _ generator: inout SeededGenerator
    ) {
        var start = 0
        while start < bytes.count {
            let sectorEnd = (offset + start) / Self.sectorSize * Self.sectorSize + Self.sectorSize
            let end = min(bytes.count, sectorEnd - offset)
            switch generator.below(8) {
            case 0...3: Self.apply(.write(offset + start, [UInt8](bytes[start..<end])), to: &medium)
            case 4:
                let torn = start + generator.below(end - start + 1)
                Self.apply(.write(offset + start, [UInt8](bytes[start..<torn])), to: &medium)
            default: break
            }
            start = end
        }
    }

    private static func apply(_ change: Change, to content: inout [UInt8]) {
        switch change {
        case .write(let offset, let bytes):
            guard !bytes.isEmpty else { return }
            let end = offset + bytes.count
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.withUnsafeMutableBytes { content in
                bytes.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: content[offset..<end]).copyMemory(from: $0)
                }
            }
        case .truncate(let size):
            if content.count > size {
                content.removeLast(content.count - size)
            } else {
                content += [UInt8](repeating: 0, count: size - content.count)
            }
        }
    }
}
