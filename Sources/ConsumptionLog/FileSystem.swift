import Consumption
import Files

/// The operations that a log needs of a file system, and no more, so that tests can put a failing one beneath it.
///
/// Retrying, short reads and short writes are left to the callers: they are part of what is tested.
package protocol FileSystem: Sendable {
    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any StorageFile
    func exists(_ path: String) throws(FileError) -> Bool
    /// The path of a file that exists, without symbolic links: the one that a rename has to replace.
    func resolve(_ path: String) throws(FileError) -> String
    /// Replaces the file at the new path.
    func rename(_ path: String, to newPath: String) throws(FileError)
    /// Gives a file a second name, and fails with `EEXIST` where there is one.
    func link(_ path: String, to newPath: String) throws(FileError)
    /// Nothing happens if there is no such file.
    func remove(_ path: String) throws(FileError)
    /// Makes the names in a file's directory durable.
    func syncDirectory(of path: String) throws(FileError)
}

package enum FileAccess: Sendable {
    case reading
    case writing
    /// Fails with `EEXIST` where there is one; only its owner may read it.
    case creating
}

package protocol StorageFile: AnyObject, Sendable {
    var path: String { get }
    func size() throws(FileError) -> Int
    /// The number of bytes read: less than asked for only at the end, or for no reason.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int
    /// The number of bytes written, which may be fewer than given.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) -> Int
    /// Makes the contents and the size durable.
    func sync() throws(FileError)
    func truncate(to size: Int) throws(FileError)
    /// Locks the file for as long as it is open. False if it is locked elsewhere.
    func tryLock() throws(FileError) -> Bool
    /// Whether the path still names this file.
    func isNamed(_ path: String) throws(FileError) -> Bool
    /// Sets the path, which errors name, once the file has another one.
    func wasRenamed(to path: String)
    func close()
}

extension StorageFile {
    func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = try retryingInterrupts { () throws(FileError) in
                try write(UnsafeRawBufferPointer(rebasing: bytes[done...]), at: offset + done)
            }
            // A device that takes nothing and reports no error would be asked for ever.
            guard count > 0 else { throw FileError("write", path, errno: FileError.inputOutputError) }
            done += count
        }
    }

    func writeAll(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FileError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
            try writeAll(UnsafeRawBufferPointer(bytes), at: offset)
        }
    }

    /// Fills the buffer as far as the file goes.
    func readAll(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try retryingInterrupts { () throws(FileError) in
                try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), at: offset + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func readAll(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let done = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
            try readAll(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        bytes.removeLast(count - done)
        return bytes
    }

    private func retryingInterrupts(_ call: () throws(FileError) -> Int) throws(FileError) -> Int {
        while true {
            do throws(FileError) {
                return try call()
            } catch {
                guard error.errno == FileError.interrupted else { throw error }
            }
        }
    }
}
