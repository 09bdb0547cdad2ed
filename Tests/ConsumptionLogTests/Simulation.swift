import Consumption
import ConsumptionModel
import LinkToken
import TestSupport

@testable import ConsumptionLog

/// What a simulated log did wrong.
struct SimulationFailure: Error, CustomStringConvertible {
    let description: String
}

/// A log on a file system in memory, driven without threads, through lives that end in crashes.
///
/// It keeps every event in the order in which it was issued, and how many of them were acknowledged. After each crash
/// the log must hold the first so many of them, no fewer than were acknowledged, and nothing else.
struct Simulation {
    static let path = "consumption.log"

    let fileSystem: MemoryFileSystem
    var generator: SeededGenerator
    private(set) var issued: [LinkEvent] = []
    private(set) var acknowledged = 0
    /// How often the log went on after the disk was full.
    private(set) var roomsFound = 0

    private var ledger = Ledger(table: LinkTable())
    private var journal: Journal?
    private var compaction: Compaction?
    private var model = ReferenceModel()
    /// Whether a log was opened, which makes its name durable: from then on it can't be missing.
    private var isNamed = false
    private var clock: UInt32 = 1_000_000

    init(seed: UInt64) {
        fileSystem = MemoryFileSystem(seed: seed)
        generator = SeededGenerator(seed: seed ^ 0x5EED)
    }

    // MARK: Lives

    /// True once there is a log.
    mutating func create() throws -> Bool {
        do throws(ConsumptionError) {
            try LogOpening.create(at: Self.path, id: nextID(), in: fileSystem)
            return true
        } catch .alreadyExists {
            return true
        } catch .system {
            return false
        }
    }

    /// Opens the log and holds it against what was issued. False if the file system failed.
    mutating func open() throws -> Bool {
        let step = [0, 600, 4096][generator.below(3)]
        let opened: LogOpening.Opened
        var observed = ReferenceModel()
        do throws(ConsumptionError) {
            opened = try LogOpening.open(Self.path, in: fileSystem, step: step)
            try LogReader(path: Self.path, in: fileSystem).run { record in
                observed.apply(record)
                return nil
            }
        } catch {
            if case .system = error { return false }
            guard case .missing = error, !isNamed else { throw error }
            _ = try create()
            return false
        }
        isNamed = true
        try reconcile(observed, opened.table)
        ledger = Ledger(table: opened.table)
        journal = opened.journal
        return true
    }

    /// Ends a life. Whatever is not closed tidily goes with the restart.
    mutating func end(tidily: Bool) {
        if tidily {
            journal?.close()
            compaction?.discard()
        }
        compaction = nil
        journal = nil
    }

    /// Finds how many of the issued events survived.
    private mutating func reconcile(_ observed: ReferenceModel, _ table: LinkTable) throws {
        var expected = ReferenceModel()
        var count = 0
        for record in issued[..<acknowledged] { expected.apply(record) }
        count = acknowledged
        while expected != observed, count < issued.count {
            expected.apply(issued[count])
            count += 1
        }
        guard expected == observed else {
            throw SimulationFailure(
                description: "the log holds \(observed), of \(issued), \(acknowledged) acknowledged")
        }
        issued.removeLast(issued.count - count)
        acknowledged = count
        model = observed
        try compare(table)
    }

    /// The words and counts against the model.
    private func compare(_ table: LinkTable) throws {
        var table = table
        for distribution in [DistributionID.first, .second] {
            let links = table.find(distribution)
            guard links?.counts ?? ConsumptionCounts() == model.counts(of: distribution) else {
                throw SimulationFailure(description: "counts of \(distribution) differ")
            }
            for serial in Self.serials.map(Serial.init(rawValue:)) {
                let nonce = Nonce(distribution: distribution, serial: serial)
                let state = links?.findPage(of: serial)?[serial].state ?? .unused
                guard state == model.state(of: nonce) else {
                    throw SimulationFailure(description: "\(nonce) is \(state), not \(model.state(of: nonce))")
                }
            }
        }
    }

    // MARK: Work

    /// Has so many calls decided, and their batch written. False if the life is over.
    mutating func round(calls: Int) throws -> Bool {
        let durable = model
        for _ in 0..<calls { try call(durable) }
        var batch = Batch()
        guard case .batch = ledger.take(&batch) else { return true }
        issued += batch.records
        do throws(ConsumptionError) {
            try journal!.append(batch.records)
        } catch .outOfSpace {
            return try goOnWithRoom()
        } catch {
            return false
        }
        ledger.confirm(&batch)
        acknowledged = issued.count
        return true
    }

    /// Goes on after a full disk, as the writer does, unless something else fails. False if the life is over.
    private mutating func goOnWithRoom() throws -> Bool {
        for _ in 0..<5 {
            let table: LinkTable
            do throws(ConsumptionError) {
                table = try journal!.reclaim()
            } catch {
                switch error {
                case .outOfSpace: continue
                case .damaged: throw error
                default: return false
                }
            }
            issued.removeLast(issued.count - acknowledged)
            model = ReferenceModel()
            for record in issued { model.apply(record) }
            try compare(table)
            ledger = Ledger(table: table)
            roomsFound += 1
            return true
        }
        return false
    }

    private mutating func call(_ durable: ReferenceModel) throws {
        // Clocks go backwards now and then.
        clock = generator.chance(100) ? clock - UInt32(generator.below(500)) : clock + UInt32(generator.below(50))
        let time = UnixTime.second(clock)
        let nonce = Nonce(
            distribution: generator.chance(700) ? .first : .second,
            serial: Serial(rawValue: Self.serials[generator.below(Self.serials.count)])
        )
        let before = model.state(of: nonce)
        func check<Outcome: Equatable>(_ step: Ledger.Step<Outcome>, _ expected: Outcome) throws {
            switch step {
            case .answer(expected) where durable.state(of: nonce) == before: break
            case .wait(expected, _): break
            default: throw SimulationFailure(description: "\(nonce), \(before): \(step) instead of \(expected)")
            }
        }
        switch generator.below(20) {
        case 0..<11:
            // On both sides of the grace.
            let resumes: [ResumePolicy] = [.never, .within(seconds: 40), .within(seconds: 400), .untilFinished]
            let resume = resumes[generator.below(resumes.count)]
            let terms = StartTerms(
                mayBegin: generator.chance(900), resume: resume, reopenedAt: generator.reopening(near: time))
            let details = generator.startDetails()
            let step = ledger.decide(nonce, details: details, waiter: nil) {
                $0.start(at: time, terms: terms)
            }
            try check(step, model.start(nonce, at: time, details: details, terms: terms))
        case 11..<17:
            let step = ledger.decide(nonce, waiter: nil) { $0.finish(at: time) }
            try check(step, model.finish(nonce, at: time))
        case 17:
            let step = ledger.decide(nonce, waiter: nil) { $0.reset(at: time) }
            try check(step, model.reset(nonce))
        case 18:
            let other = ReferenceModel.Link(
                start: .second(clock - UInt32(generator.below(300))), details: generator.startDetails(),
                finish: generator.chance(500) ? time : nil)
            try takeOver(other, of: nonce)
        default:
            let step = ledger.decide(nonce, waiter: nil) { Decision(outcome: $0) }
            try check(step, model.state(of: nonce))
        }
    }

    private mutating func takeOver(_ other: ReferenceModel.Link, of nonce: Nonce) throws {
        // No news: nobody hands a use to the ledger that a reopening undid.
        if let reopening = model.reopenings[nonce], other.start < reopening { return }
        let known = model.links[nonce].map {
            LinkHistory(startedAt: $0.start, details: $0.details, finishedAt: $0.finish)
        }
        let told = LinkHistory(startedAt: other.start, details: other.details, finishedAt: other.finish)
        let step = ledger.takeOver([.init(of: nonce, known: known, told: told)], waiter: nil)
        let (added, isNews) = model.takeOver(other, of: nonce)
        guard case .wait(let report, _) = step, report.added == (added ? 1 : 0),
            report.changed == (isNews && !added ? 1 : 0)
        else { throw SimulationFailure(description: "\(nonce), told \(told): \(step)") }
    }

    /// Begins a compaction, goes on with it, or ends it. False if the life is over.
    mutating func compact() throws -> Bool {
        guard var ongoing = compaction else { return try beginCompaction() }
        let isLast = generator.chance(600)
        do {
            if isLast {
                compaction = nil
                try ongoing.switchOver(&journal!).get()
            } else {
                try ongoing.catchUp(to: journal!.records)
                compaction = ongoing
            }
        } catch {
            switch error {
            case .system:
                ongoing.discard()
                compaction = nil
            case .stopped: return false
            default: throw error
            }
        }
        return !fileSystem.hasCrashed
    }

    private mutating func beginCompaction() throws -> Bool {
        var begun: Compaction?
        do {
            begun = try Compaction(Self.path, id: nextID(), in: fileSystem)
            try begun?.writeSnapshot(upTo: journal!.records)
            compaction = begun
        } catch {
            begun?.discard()
            guard case .system = error else { throw error }
        }
        return !fileSystem.hasCrashed
    }

    private mutating func nextID() -> LogID {
        LogID(high: generator.next(), low: generator.next())
    }

    /// Few, so that calls meet, and on both sides of a page's end.
    private static let serials: [UInt32] = [0, 1, 2, 3, 1023, 1024, 70_000, .max]
}
