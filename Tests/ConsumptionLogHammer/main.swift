// Opens a log and starts, finishes and compacts until it is killed. Each line on standard output is an acknowledgement:
// `s DISTRIBUTION SERIAL TIME` for a first start, `f DISTRIBUTION SERIAL` for a finish.
//
// usage: ConsumptionLogHammer LOG TASKS

import ConsumptionLog
import Glibc
import LinkToken

let log = try ConsumptionLog.open(at: CommandLine.arguments[1], mode: .existingOrNew)
let taskCount = Int(CommandLine.arguments[2])!
let terms = StartTerms(mayBegin: true, resume: .standard)

/// One write per line, so that a kill never leaves half of one.
@Sendable func acknowledge(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    if write(1, bytes, bytes.count) != bytes.count { exit(1) }
}

try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<taskCount {
        group.addTask {
            while true {
                let nonce = Nonce(
                    distribution: DistributionID(rawValue: .random(in: 1...3))!,
                    serial: Serial(rawValue: .random(in: 0..<20_000))
                )
                let now = UnixTime(rawValue: UInt32(time(nil)))
                if case .started(let time) = try await log.start(nonce, at: now, terms: terms) {
                    acknowledge("s \(nonce.distribution) \(nonce.serial) \(time.rawValue)")
                } else if case .finished = try await log.finish(nonce, at: now) {
                    acknowledge("f \(nonce.distribution) \(nonce.serial)")
                }
            }
        }
    }
    group.addTask {
        while true { try await log.compact() }
    }
    try await group.waitForAll()
}
