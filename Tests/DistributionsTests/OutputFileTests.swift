import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Distributions

@Suite struct OutputFileTests {
    let directory = TemporaryDirectory()

    private func link(_ name: String, to destination: String) throws -> String {
        try FileManager.default.createSymbolicLink(
            atPath: directory.path(name), withDestinationPath: destination)
        return directory.path(name)
    }

    private func destination(of name: String) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: directory.path(name))
    }

    private func write(_ text: String, to path: String) throws {
        let output = try OutputFile(path)
        try output.write(text)
        try output.commit()
    }

    @Test("the file that a symbolic link leads to is replaced, and the link stays")
    func links() throws {
        try FileManager.default.createDirectory(
            atPath: directory.path("far/away"), withIntermediateDirectories: true)
        try directory.write("old", to: "far/links.csv")
        _ = try link("near", to: "far/away")
        // A path of dots goes on from where the link is, not from where the path to it seems to be.
        _ = try link("far/away/again", to: "../links.csv")
        let path = try link("first", to: directory.path("near/again"))
        let old = open(directory.path("far/links.csv"), O_RDONLY)
        defer { close(old) }
        try write("new", to: path)
        #expect(try directory.read("far/links.csv") == Array("new".utf8))
        #expect(try destination(of: "first") == directory.path("near/again"))
        #expect(try destination(of: "far/away/again") == "../links.csv")
        #expect(directory.names == ["far", "first", "near"])
        // Whoever reads the old file still has the whole of it.
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(old, &bytes, 8) == 3 && bytes.starts(with: "old".utf8))
    }

    @Test("a symbolic link to what is not there yet stays, and its file is made")
    func danglingLink() throws {
        let path = try link("links.csv", to: "later.csv")
        try write("new", to: path)
        #expect(try directory.read("later.csv") == Array("new".utf8))
        #expect(try destination(of: "links.csv") == "later.csv")
    }

    @Test("what a killed process left beside a file is removed when it is written again, and nothing else")
    func leftovers() throws {
        for name in [".links.csv.tmp-0123456789abc", ".links.csv.tmp-zzzzzzzzzzzzz"] {
            try directory.write("link", to: name)
        }
        let others = [
            ".links.csv.tmp-2026", ".links.csv.tmp-0123456789ABC", ".links.csv.tmp-0123456789abcd",
            "links.csv.tmp-0123456789abc",
            ".other.csv.tmp-0123456789abc", ".links.csv",
        ]
        for name in others { try directory.write("x", to: name) }
        // One that is being written by another process.
        let held = open(try directory.write("link", to: ".links.csv.tmp-aaaaaaaaaaaaa"), O_WRONLY | O_CLOEXEC)
        defer { close(held) }
        #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
        _ = try link(".links.csv.tmp-bbbbbbbbbbbbb", to: ".links.csv")
        try write("new", to: directory.path("links.csv"))
        #expect(
            directory.names
                == (others + ["links.csv", ".links.csv.tmp-aaaaaaaaaaaaa", ".links.csv.tmp-bbbbbbbbbbbbb"]).sorted())
    }

    @Test("symbolic links that lead nowhere are refused and stay")
    func loop() throws {
        let path = try link("a", to: "b")
        _ = try link("b", to: "a")
        #expect(throws: DistributionsError.file(FileError("create", path, errno: ELOOP))) {
            try OutputFile(path)
        }
        #expect(try destination(of: "a") == "b")
    }

    @Test("a file that has lost its name is not written under what /proc calls it")
    func namelessFile() throws {
        let file = open(try directory.write("x", to: "gone"), O_RDWR | O_CLOEXEC)
        defer { close(file) }
        unlink(directory.path("gone"))
        let path = try link("link", to: "/proc/self/fd/\(file)")
        #expect(throws: DistributionsError.file(FileError("replace", path, errno: ENOENT))) {
            try OutputFile(path)
        }
        #expect(directory.names == ["link"])
    }

    @Test("a file that a shell has opened is written where it stands", arguments: ["/dev/fd/", "/proc/self/fd/"])
    func openFile(prefix: String) throws {
        let file = open(try directory.write("", to: "links.csv"), O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        #expect(Glibc.write(file, "before\n", 7) == 7)
        try write("links\n", to: prefix + "\(file)")
        #expect(Glibc.write(file, "after\n", 6) == 6)
        #expect(String(decoding: try directory.read("links.csv"), as: UTF8.self) == "before\nlinks\nafter\n")
    }

    @Test("the file that standard output or standard error goes to is written as a stream", arguments: [1, 2])
    func standardStream(number: Int) async throws {
        _ = try link("stream", to: "/proc/self/fd/\(number)")
        _ = try link("again", to: "stream")
        try directory.write("before\n", to: "file.csv")
        let file = open(directory.path("file.csv"), O_RDONLY)
        defer { close(file) }
        let root = directory.root
        await #expect(processExitsWith: .success) { [root = root as String, number = number as Int] in
            let file = open(root + "/file.csv", O_WRONLY | O_APPEND)
            precondition(file >= 0 && dup2(file, CInt(number)) >= 0)
            let output = try OutputFile(root + "/again")
            try output.write("links\n")
            try output.commit()
            precondition(Glibc.write(CInt(number), "after\n", 6) == 6)
            // At once, before the test library writes there too.
            _exit(EXIT_SUCCESS)
        }
        #expect(String(decoding: try directory.read("file.csv"), as: UTF8.self) == "before\nlinks\nafter\n")
        #expect(try destination(of: "stream") == "/proc/self/fd/\(number)")
        #expect(directory.names == ["again", "file.csv", "stream"])
        // It is the same file still.
        var (before, after) = (stat(), stat())
        #expect(fstat(file, &before) == 0 && stat(directory.path("file.csv"), &after) == 0)
        #expect(before.st_ino == after.st_ino)
    }

    /// What a person named is refused for, if for anything.
    private func refusal(_ path: String, in workspace: Workspace) -> OutputError? {
        do {
            _ = try OutputFile(path, outsideOf: workspace)
            return nil
        } catch {
            guard case .output(path, let fault) = error else {
                Issue.record(error)
                return nil
            }
            return fault
        }
    }

    @Test("a spreadsheet does not get the name of a format that it is not in")
    func otherFormats() throws {
        let workspace = try Workspace.create(in: directory.path("w"))
        for name in ["a.xlsx", "A.XLS", "b.Ods", "c.numbers", "d.xlsm"] {
            let suffix = String(name.lowercased().dropFirst())
            #expect(refusal(directory.path(name), in: workspace) == .otherFormat(suffix: suffix))
        }
        for name in ["a.csv", "xlsx", "a.xlsx.csv", "a.tsv", "links"] {
            #expect(refusal(directory.path(name), in: workspace) == nil)
        }
    }

    @Test("no file of the workspace's own is written over, by whatever name")
    func workspaceFiles() throws {
        let root = directory.path("w")
        let workspace = try Workspace.create(in: root)
        for directory in [workspace.keyringDirectory, workspace.dataDirectory + "/deep"] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        _ = try link("alias", to: "w/linkseal-data/deep")
        _ = try link("bundle.csv", to: "w/linkseal-data/bundle.json")
        let data = OutputError.workspaceFile(directory: workspace.dataDirectory)
        for path in [
            root + "/linkseal-data/consumption.log", root + "/linkseal-data/new.csv", root + "/keys/../linkseal-data/x",
            directory.path("alias/x.csv"), directory.path("alias/../x.csv"), directory.path("bundle.csv"),
        ] {
            #expect(refusal(path, in: workspace) == data, "\(path)")
        }
        #expect(
            refusal(root + "/keys/keyring.json", in: workspace)
                == .workspaceFile(directory: workspace.keyringDirectory))
        #expect(refusal(root + "/links.csv", in: workspace) == nil)
        #expect(refusal(root + "/keys/../links.csv", in: workspace) == nil)
    }

    @Test("a symbolic link that others may have put there is not followed, at the end of a path or on the way")
    func untrustedLinks() throws {
        let workspace = try Workspace.create(in: directory.path("w"))
        try directory.write("precious", to: "victim")
        for name in ["mine", "everybodys", "somebodys"] {
            try FileManager.default.createDirectory(
                atPath: directory.path(name), withIntermediateDirectories: false)
            _ = try link(name + "/links.csv", to: "../victim")
            _ = try link(name + "/later.csv", to: "../later")
            _ = try link(name + "/way", to: "..")
        }
        #expect(chmod(directory.path("everybodys"), 0o1777) == 0)
        #expect(refusal(directory.path("mine/links.csv"), in: workspace) == nil)
        #expect(refusal(directory.path("mine/way/victim"), in: workspace) == nil)
        for name in ["links.csv", "later.csv", "way/victim"] {
            let path = directory.path("everybodys/" + name)
            let found = directory.path("everybodys/" + name.prefix { $0 != "/" })
            #expect(refusal(path, in: workspace) == .untrustedLink(found))
        }
        // Through a link of one's own, too.
        _ = try link("shortcut", to: "everybodys/links.csv")
        #expect(
            refusal(directory.path("shortcut"), in: workspace)
                == .untrustedLink(directory.path("everybodys/links.csv")))
        // A file that is no link may lie there.
        #expect(refusal(directory.path("everybodys/new.csv"), in: workspace) == nil)
        // Giving a directory away takes root.
        if chown(directory.path("somebodys"), 12_345, 12_345) == 0 {
            #expect(
                refusal(directory.path("somebodys/links.csv"), in: workspace)
                    == .untrustedLink(directory.path("somebodys/links.csv")))
        }
        #expect(try directory.read("victim") == Array("precious".utf8))
    }

    @Test("standard output, /dev/null and pipes stay what they are for a person", arguments: ["-", "/dev/null"])
    func streams(path: String) throws {
        let workspace = try Workspace.create(in: directory.path("w"))
        #expect(refusal(path, in: workspace) == nil)
    }
}
