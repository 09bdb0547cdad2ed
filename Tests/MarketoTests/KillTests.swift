import Distributions
import Foundation
import Marketo
import MarketoStandIn
import TestSupport
import Testing

/// LINKSEAL_MARKETO_ROUNDS sets how often it is killed, LINKSEAL_SEED repeats the moments of a run.
@Suite(.serialized) struct `Killed at a random moment` {
    static let rounds = ProcessInfo.processInfo.environment["LINKSEAL_MARKETO_ROUNDS"].flatMap(Int.init) ?? 8
    static let seed =
        ProcessInfo.processInfo.environment["LINKSEAL_SEED"].flatMap(UInt64.init) ?? .random(in: 0...0xFFFF_FFFF)

    @Test(arguments: [SourceListKind.static, .smart])
    func `a fetch leaves the old list or the whole new one, and the next brings it`(kind: SourceListKind) async throws {
        let first = Array(1...600)
        var instance = Instance(lists: [.init(id: 1001, name: "L", leads: first)])
        instance.smartLists = [.init(id: 1001, name: "L", leads: first)]
        try await ProgramSetting.run(instance) { (test) in
            var generator = SeededGenerator(seed: Self.seed)
            let list = kind == .static ? "--list" : "--smart-list"
            let begin = ContinuousClock.now
            try await test.succeed([
                "contacts", "import", "--from", "marketo", list, "L", "--name", "A", "--fields", "notes,company",
            ])
            let duration = ContinuousClock.now - begin
            let before = test.standIn.change { $0.calls.count }
            var old = first
            var killed = 0
            for round in 0..<Self.rounds {
                let new = Array((round + 2) * 100...(round + 2) * 100 + 1500)
                test.standIn.change {
                    $0.lists[0].leads = new
                    $0.smartLists[0].leads = new
                    $0.cutFiles = round % 3
                }
                let refresh = ["contacts", "refresh", "A"]
                let ending =
                    if round % 2 == 0 {
                        try await test.kill(atCall: .random(in: 1...before + 3, using: &generator), refresh)
                    } else {
                        try await test.kill(
                            after: duration * Double.random(in: 0.05...1.1, using: &generator), refresh)
                    }
                if ending != .exited(0) { killed += 1 }
                let there = try test.references("A")
                #expect(there == old || there == new, "LINKSEAL_SEED=\(Self.seed), round \(round)")
                try await test.succeed(refresh)
                #expect(try test.references("A") == new, "LINKSEAL_SEED=\(Self.seed), round \(round)")
                old = new
            }
            #expect(killed > 0, "LINKSEAL_SEED=\(Self.seed): it was killed never")
        }
    }

    @Test func `a push is finished by the same command, and doing it again changes nothing`() async throws {
        let leads = Array(1...2000)
        try await ProgramSetting.run(Instance(lists: [.init(id: 1001, name: "L", leads: leads)])) { (test) in
            var generator = SeededGenerator(seed: Self.seed)
            try await test.succeed(["contacts", "import", "--from", "marketo", "--list", "L", "--name", "A"])
            try await test.succeed([
                "generate", "--list", "A", "--name", "NPS", "--survey-url", "https://survey.example/s?r={session}",
                "--base-url", "https://links.example/l/", "--out", "links.csv",
            ])
            let push = ["contacts", "marketo", "write-links", "NPS", "--field", "surveyLink", "--push"]
            var links: [Int: [String: String]]?
            var killed = 0
            for round in 0..<Self.rounds {
                test.standIn.change { $0.written = [:] }
                // A token, and seven calls of 300 leads.
                let ending = try await test.kill(atCall: .random(in: 1...8, using: &generator), push)
                if ending == .signalled(SIGKILL) { killed += 1 }
                let part = test.standIn.change { $0.written }
                try await test.succeed(push)
                let whole = test.standIn.change { $0.written }
                #expect(whole.count == leads.count)
                #expect(part.allSatisfy { whole[$0.key] == $0.value }, "LINKSEAL_SEED=\(Self.seed), round \(round)")
                #expect(links == nil || links == whole)
                links = whole
            }
            #expect(killed == Self.rounds, "LINKSEAL_SEED=\(Self.seed)")
        }
    }
}
