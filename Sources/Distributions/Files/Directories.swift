import Files
import Glibc

extension DistributionsError {
    init(_ error: FileError) {
        self = error.operation == "lock" && error.errno == EWOULDBLOCK ? .busy : .file(error)
    }
}

extension FileLock {
    /// Locks a file or a directory of the workspace.
    ///
    /// - Throws: ``DistributionsError/busy`` if another process keeps it locked.
    static func acquired(
        _ path: String, _ flags: CInt, _ kind: Kind, patience: Duration? = nil
    ) throws(DistributionsError) -> FileLock {
        do throws(FileError) {
            return try FileLock(path, flags, kind, patience: patience)
        } catch {
            throw DistributionsError(error)
        }
    }
}

/// Makes the entries of a directory durable.
func syncDirectory(_ path: String) throws(DistributionsError) {
    do throws(FileError) {
        try Files.syncDirectory(path)
    } catch {
        throw .file(error)
    }
}

/// Makes a directory that only its owner may enter, and those above it that are missing.
func makeDirectory(_ path: String) throws(DistributionsError) {
    if mkdir(path, 0o700) == 0 {
        try syncDirectory(parentDirectory(of: path))
        return
    }
    switch errno {
    case EEXIST: return
    case ENOENT:
        try makeDirectory(parentDirectory(of: path))
        try makeDirectory(path)
    default: throw .file(FileError("create", path, errno: errno))
    }
}

/// The names in a directory in the order of their bytes, without `.` and `..`; none when it is not there.
func names(in directory: String) throws(DistributionsError) -> [String] {
    guard let stream = opendir(directory) else {
        if errno == ENOENT { return [] }
        throw .file(FileError("open", directory, errno: errno))
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Removes a file, or a directory and the files in it.
func removeTree(_ path: String) throws(DistributionsError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
        if errno == ENOENT { return }
        throw .file(FileError("inspect", path, errno: errno))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
        for name in try names(in: path) { try removeTree(path + "/" + name) }
        guard rmdir(path) == 0 else { throw .file(FileError("remove", path, errno: errno)) }
    } else {
        guard unlink(path) == 0 else { throw .file(FileError("remove", path, errno: errno)) }
    }
}

/// Refuses to write a file over the one that it is made from.
func refuseSameFile(input: String, output: String) throws(DistributionsError) {
    var (source, target) = (stat(), stat())
    guard input != "-", output != "-", stat(input, &source) == 0, stat(output, &target) == 0,
        source.st_mode & S_IFMT == S_IFREG, source.st_dev == target.st_dev, source.st_ino == target.st_ino
    else { return }
    throw .invalid(what: "output", value: output, expected: "a file other than the input")
}
