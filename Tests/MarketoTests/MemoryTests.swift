import Distributions
import Foundation
import Marketo
import MarketoStandIn
import TestSupport
import Testing

/// A child's peak of resident memory, which Linux keeps (`VmHWM`, proc(5)): looked at until the child is gone, since
/// getrusage(2) would count the memory of the process that spawned it.
final class PeakMemory: Sendable {
    private let sampling: Task<Int, Never>

    init(of process: ChildProcess) {
        let path = "/proc/\(process.id)/status"
        sampling = Task.detached {
            var peak = 0
            while let text = try? String(contentsOfFile: path, encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                let kibibytes = Int(line.drop { !$0.isNumber }.prefix { $0.isNumber })
            {
                // Before it has become the program, it is a copy of this process.
                if text.hasPrefix("Name:\tlinkseal\n") { peak = max(peak, kibibytes << 10) }
                try? await Task.sleep(for: .milliseconds(5))
            }
            return peak
        }
    }

    /// In bytes.
    var value: Int { get async { await sampling.value } }
}

@Suite(.serialized) struct `A list of 100,000 leads` {
    /// Ten times the leads, each with 370 bytes of text, are some 45 MB more as text and several times that as values.
    /// What grows with the list on purpose is two hashes and some numbers of each contact, about 5 MB; so half as much
    /// again as for 10,000 leads leaves room for that and for an allocator's moods, and not for the pages.
    static let bound = 1.5

    @Test(arguments: [SourceListKind.static, .smart])
    func `comes in the memory that 10,000 take, whole and once, whatever goes wrong`(kind: SourceListKind)
        async throws
    {
        var instance = Instance(lists: [.init(id: 1, name: "large", leads: Array(1...100_000))], seed: 5)
        instance.lists.append(.init(id: 2, name: "small", leads: Array(1...10_000)))
        instance.smartLists = instance.lists
        instance.repeatRate = 0.3
        // Those that are waited for some second at most.
        instance.faultKinds = [.cut, .status(503), .code("602"), .code("608"), .expiry]
        instance.faultRate = 0.02
        instance.cutFiles = 3
        try await ProgramSetting.run(instance) { (test) in
            var peaks: [String: Int] = [:]
            for name in ["small", "large"] {
                let process = try test.workspace.start(
                    [
                        "contacts", "import", "--from", "marketo", kind == .static ? "--list" : "--smart-list", name,
                        "--fields", "notes,company", "--name", name,
                    ], output: test.workspace.path("out"))
                let memory = PeakMemory(of: process)
                let ending = await process.end()
                let output = try test.workspace.read("out")
                try #require(ending == .exited(0), "\(output)")
                peaks[name] = await memory.value
            }
            #expect(try test.references("large") == Array(1...100_000))
            let small = try #require(peaks["small"])
            let large = try #require(peaks["large"])
            let ratio = Double(large) / Double(small)
            print("peak memory, \(kind): \(small >> 20) MiB for 10,000 leads, \(large >> 20) MiB for 100,000")
            #expect(ratio < Self.bound, "\(small) bytes for 10,000 leads, \(large) for 100,000")
        }
    }
}
