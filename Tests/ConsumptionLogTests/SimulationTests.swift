import Consumption
import ConsumptionModel
import Glibc
import Testing

@testable import ConsumptionLog

@Suite struct `Simulated crashes and faults` {
    /// `LINKSEAL_SEED` runs one seed, `LINKSEAL_SEEDS` so many.
    static let seeds: Range<UInt64> = {
        if let seed = number("LINKSEAL_SEED") { return seed..<seed + 1 }
        return 0..<(number("LINKSEAL_SEEDS") ?? 2000)
    }()

    @Test func `nothing acknowledged is lost and nothing starts twice, whatever crashes and fails`() {
        var acknowledged = 0
        var crashes = 0
        var roomsFound = 0
        for seed in Self.seeds {
            do {
                let result = try Self.run(seed)
                acknowledged += result.acknowledged
                crashes += result.crashes
                roomsFound += result.roomsFound
            } catch {
                Issue.record("LINKSEAL_SEED=\(seed): \(error)")
            }
        }
        if Self.seeds.count > 100 {
            #expect(acknowledged > Self.seeds.count * 10, "the simulation hardly does anything")
            #expect(crashes > Self.seeds.count, "the simulation hardly crashes")
            #expect(roomsFound > Self.seeds.count / 10, "the disk is hardly ever full")
        }
    }

    private static func run(_ seed: UInt64) throws -> (acknowledged: Int, crashes: Int, roomsFound: Int) {
        var simulation = Simulation(seed: seed)
        let fileSystem = simulation.fileSystem
        var crashes = 0
        var acknowledged = 0

        func inject() {
            let rate = simulation.generator.chance(500) ? 0 : simulation.generator.below(60)
            fileSystem.inject(
                MemoryFileSystem.Faults(
                    crashAfter: simulation.generator.chance(700) ? simulation.generator.below(60) : nil,
                    short: simulation.generator.below(200),
                    interrupted: simulation.generator.below(100),
                    failing: rate
                )
            )
        }
        func restart() {
            if fileSystem.hasCrashed { crashes += 1 }
            let endings: [MemoryFileSystem.Ending] = [.killed, .powerLost, .powerLostInOrder, .powerLostAnyhow]
            fileSystem.restart(endings[simulation.generator.below(4)])
        }

        inject()
        while try !simulation.create() {
            restart()
            inject()
        }
        for _ in 0..<simulation.generator.below(8) + 2 {
            inject()
            if try simulation.open() {
                var goesOn = true
                for _ in 0..<simulation.generator.below(30) where goesOn {
                    let most = simulation.generator.chance(200) ? 80 : 8
                    goesOn = try simulation.round(calls: 1 + simulation.generator.below(most))
                    if goesOn, simulation.generator.chance(150) { goesOn = try simulation.compact() }
                }
                simulation.end(tidily: goesOn && simulation.generator.chance(300))
            }
            restart()
            acknowledged = simulation.acknowledged
        }
        if try !simulation.open(), try !simulation.open() {
            throw SimulationFailure(description: "a sound disk failed")
        }
        return (acknowledged, crashes, simulation.roomsFound)
    }

    @Test(arguments: [MemoryFileSystem.Ending.killed, .powerLost, .powerLostInOrder, .powerLostAnyhow])
    func `the power may fail in every operation and at every byte of a write`(ending: MemoryFileSystem.Ending) throws {
        var operation = 0
        var prefix = 0
        while true {
            var simulation = Simulation(seed: UInt64(operation))
            simulation.fileSystem.inject(MemoryFileSystem.Faults(crashAfter: operation, crashPrefix: prefix))
            do {
                try Self.script(&simulation)
                guard simulation.fileSystem.hasCrashed else { break }
                let size = simulation.fileSystem.crashedWriteSize ?? 0
                simulation.fileSystem.restart(ending)
                while try !simulation.create() {}
                #expect(try simulation.open())
                #expect(try simulation.round(calls: 3))
                simulation.end(tidily: false)
                simulation.fileSystem.restart(.powerLost)
                #expect(try simulation.open())
                // Every byte of a batch, and some of what is longer. After a loss of power the prefix matters less.
                prefix += size > 400 ? size / 7 : ending == .killed ? 1 : 24
                if prefix > size { (operation, prefix) = (operation + 1, 0) }
            } catch {
                Issue.record("operation \(operation), after \(prefix) bytes: \(error)")
                return
            }
        }
        #expect(operation > 30)
    }

    private static func script(_ simulation: inout Simulation) throws {
        guard try simulation.create(), try simulation.open() else { return }
        for calls in [1, 3, 12] {
            guard try simulation.round(calls: calls) else { return }
        }
        for _ in 0..<6 {
            guard try simulation.compact(), try simulation.round(calls: 4) else { return }
        }
        simulation.end(tidily: true)
        guard try simulation.open(), try simulation.round(calls: 2) else { return }
        simulation.end(tidily: false)
    }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}
