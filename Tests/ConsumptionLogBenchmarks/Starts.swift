import Consumption
import ConsumptionLog
import Glibc
import LinkToken

let clock = ContinuousClock()
let terms = StartTerms(mayBegin: true, resume: .standard)
let distribution = DistributionID(rawValue: 0xBE)!

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

func rounded(_ value: Double, _ places: Int = 0) -> String {
    let scale = pow(10.0, Double(places))
    let number = (value * scale).rounded() / scale
    return places == 0 ? String(Int(number)) : String(number)
}

func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Single records appended and synced by the loop that anyone would write first.
func bareSyncs(at path: String, for duration: Duration) -> Double {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "can't write in the directory")
    defer {
        close(descriptor)
        unlink(path)
    }
    let record = [UInt8](repeating: 7, count: 24)
    var count = 0
    let start = clock.now
    while clock.now - start < duration {
        precondition(pwrite(descriptor, record, 24, off_t(4096 + count * 24)) == 24 && fdatasync(descriptor) == 0)
        count += 1
    }
    return Double(count) / seconds(clock.now - start)
}

/// First starts of new links, so many in flight, until the time is over.
func durableStarts(_ log: ConsumptionLog, inFlight: Int, from first: UInt32, for duration: Duration) async throws
    -> (rate: Double, count: Int)
{
    let start = clock.now
    let end = start + duration
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<UInt32(inFlight) {
            group.addTask {
                var serial = first + task
                var count = 0
                while clock.now < end {
                    let nonce = Nonce(distribution: distribution, serial: Serial(rawValue: serial))
                    let outcome = try await log.start(nonce, at: UnixTime(rawValue: 1_800_000_000), terms: terms)
                    guard case .started = outcome else { fatalError("\(nonce): \(outcome)") }
                    serial += UInt32(inFlight)
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
    }
    // Tasks end at different serials, so the highest one bounds what is used.
    return (Double(counts.reduce(0, +)) / seconds(clock.now - start), counts.max()! * inFlight)
}

func benchmarkStarts(at path: String) async throws {
    print("durable starts, each a new link                 per second   of a bare fdatasync   mean batch")
    let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
    var next: UInt32 = 0
    var bare: [Double] = []
    for inFlight in [1, 16, 256, 1024, 4096] {
        // Right before each, since disks of virtual machines change their pace.
        bare.append(bareSyncs(at: path + ".bare", for: .seconds(1)))
        let before = log.metrics.batchSizes
        let (rate, used) = try await durableStarts(log, inFlight: inFlight, from: next, for: .seconds(2))
        next += UInt32(used)
        let after = log.metrics.batchSizes
        let mean = (after.sum - before.sum) / Double(after.count - before.count)
        print(
            padded("\(inFlight) in flight", 45), padded(rounded(rate), 12),
            padded(rounded(rate / bare.last!, 1) + " x", 14), padded("(\(rounded(bare.last!)))", 8),
            padded(rounded(mean, 1), 11)
        )
    }
    await log.close()
    unlink(path)
}
