import Consumption
import ConsumptionLog
import ConsumptionModel
import LinkToken

/// A log of arbitrary bytes, and what must hold of it whatever they are.
struct FuzzedLog {
    private static let path = "fuzzed.log"
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func examine() {
        let fileSystem = MemoryFileSystem(seed: 1)
        fileSystem.put(bytes, at: Self.path)
        let read = try? records(fileSystem)
        let report = try? ConsumptionLog.check(at: Self.path, in: fileSystem)
        var openedRecords: UInt64 = 0
        do {
            let recovered = try ConsumptionLog.recover(at: Self.path, in: fileSystem)
            openedRecords = recovered.records
            // Checking and opening give one verdict.
            precondition(report?.isSound == true, "what opens is not sound")
            precondition(report?.records == recovered.records, "opening and checking count differently")
            precondition(report?.tornBytes == recovered.tornBytes, "opening and checking drop differently")
            // What opens can be read, both before and after the tail is dropped, and opens the same again.
            precondition(read.map { UInt64($0.count) } == recovered.records, "opening and reading disagree")
            precondition((try? records(fileSystem)) == read, "opening changed what it kept")
            fileSystem.restart(.powerLost)
            let again = try? ConsumptionLog.recover(at: Self.path, in: fileSystem)
            precondition(again?.records == recovered.records && again?.tornBytes == 0, "opening twice differs")
        } catch {
            precondition(report?.isSound != true, "what is sound does not open: \(error)")
            precondition(fileSystem.contents(of: Self.path) == bytes, "a log that was refused was changed: \(error)")
        }
        repair(keeping: openedRecords)
    }

    /// - Parameter openedRecords: how many records opening keeps; reading alone does not find contradictions.
    private func repair(keeping openedRecords: UInt64) {
        let fileSystem = MemoryFileSystem(seed: 1)
        fileSystem.put(bytes, at: Self.path)
        guard let report = try? ConsumptionLog.repair(at: Self.path, to: "new", in: fileSystem) else { return }
        precondition(report.records >= openedRecords, "repair kept less than opening does")
        precondition(fileSystem.contents(of: Self.path) == bytes, "repair changed the old log")
        do {
            let recovered = try ConsumptionLog.recover(at: "new", in: fileSystem)
            precondition(recovered.records == report.records && recovered.tornBytes == 0, "repair lost records")
        } catch {
            fatalError("what was repaired does not open: \(error)")
        }
    }

    private func records(_ fileSystem: MemoryFileSystem) throws -> [LinkEvent] {
        var records: [LinkEvent] = []
        try LogReader(path: Self.path, in: fileSystem).forEachEvent { records.append($0) }
        return records
    }
}
