// Opens a log and starts, finishes, takes other logs over and compacts until it is killed. Each line on standard output is
// an acknowledgement: `s DISTRIBUTION SERIAL TIME` for a first start, `f DISTRIBUTION SERIAL` for a finish.
//
// usage: ConsumptionLogHammer LOG TASKS

import Consumption
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
    // Of links that nobody starts here, since an earlier start would not be the acknowledged one.
    group.addTask {
        while true {
            var other = LinkHistories()
            let now = UInt32(time(nil))
            let nonces = (0..<20).map { (_) in
                Nonce(distribution: DistributionID(rawValue: 4)!, serial: Serial(rawValue: .random(in: 0..<20_000)))
            }
            for nonce in nonces {
                let (start, finish) = (now - .random(in: 100...200), now - .random(in: 0...100))
                other.add(
                    LinkHistory(startedAt: UnixTime(rawValue: start), finishedAt: UnixTime(rawValue: finish)), of: nonce
                )
            }
            try await log.takeOver(other)
            for nonce in nonces { acknowledge("f \(nonce.distribution) \(nonce.serial)") }
        }
    }
    try await group.waitForAll()
}
