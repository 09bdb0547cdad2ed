import Glibc

/// The directory that a path's last component is in; `.` for a bare name.
package func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The `errno` that creating a file at the path would fail with as far as its directory is concerned; nil for none.
package func errnoOfCreating(_ path: String) -> Int32? {
    // The slash has anything but a directory refused.
    access(parentDirectory(of: path) + "/", W_OK | X_OK) == 0 ? nil : errno
}

/// The path's last component; the path itself for a bare name.
package func lastComponent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}

package func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }
