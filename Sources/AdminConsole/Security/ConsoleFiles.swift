import Distributions
import Files
import Glibc

/// What the console keeps in a workspace, in a directory that only its owner may enter.
///
/// | path | what it is |
/// | --- | --- |
/// | `linkseal-data/console/passwords` | who may sign in: a line with the user, the role and the scrypt hash each, 0600 |
/// | `linkseal-data/console/audit.jsonl` | what was done, one JSON object a line, only ever appended to, 0600 |
/// | `linkseal-data/console/uploads/` | contact files between upload and import, removed when the console starts |
public struct ConsoleFiles: Hashable, Sendable {
    let directory: String

    public init(of workspace: Workspace) {
        directory = workspace.dataDirectory + "/console"
    }

    public var passwords: String { directory + "/passwords" }
    public var auditTrail: String { directory + "/audit.jsonl" }
    var uploads: String { directory + "/uploads" }

    /// Makes the directories where they are missing, and empties that of uploads.
    func prepare() throws(ConsoleRefusal) {
        for path in [directory, uploads] {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw .file(FileError("create", path, errno: errno))
            }
        }
    }

    func removeUploads() {
        guard let stream = opendir(uploads) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { (bytes) in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink(uploads + "/" + name) }
        }
    }
}
