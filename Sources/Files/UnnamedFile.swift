import Glibc

/// Opens a new file for reading and writing that has no name in that directory and goes with its descriptor (`O_TMPFILE`,
/// open(2)).
///
/// - Returns: the descriptor, or -1 with `errno` set.
package func openUnnamedFile(in directory: String, mode: mode_t = 0o600) -> CInt {
    // A macro that is too complex for Swift's importer.
    let unnamed: CInt = 0o20000000
    return open(directory, unnamed | O_DIRECTORY | O_RDWR | O_CLOEXEC, mode)
}
