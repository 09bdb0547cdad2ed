import Consumption
import ConsumptionLog
import Glibc
import LinkToken

/// Logs of so many events, opened by a fresh process each so that the memory is that of the log alone.
func benchmarkOpening(at path: String, records: Int) async throws {
    print("\n\(records) events")
    try await fill(path, links: records / 2, resets: 0)
    print("  over \(records / 2) links, each started and finished:")
    try reopen(path)
    try await fill(path, links: records / 10, resets: 3)
    print("  over \(records / 10) links, started, finished and reset three times and started again:")
    try reopen(path)
    let start = clock.now
    let report = try await ConsumptionLog.compact(at: path)
    print(
        "    compacted from \(report.recordsBefore) to \(report.recordsAfter) events in",
        rounded(seconds(clock.now - start), 2), "s, opening included"
    )
    try reopen(path)
    unlink(path)
}

/// Starts and finishes all links, 100 distributions and 4,096 in flight, so that neighbours in time are neighbours
/// nowhere. With resets it takes ten events per link: start, finish and reset three times, and a start.
private func fill(_ path: String, links: Int, resets: Int) async throws {
    unlink(path)
    let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
    let tasks = 4096
    try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<tasks {
            group.addTask {
                for link in stride(from: task, to: links, by: tasks) {
                    let nonce = Nonce(
                        distribution: DistributionID(rawValue: UInt64(link % 100 + 1))!,
                        serial: Serial(rawValue: UInt32(link / 100))
                    )
                    let now = UnixTime(rawValue: 1_800_000_000 + UInt32(link))
                    for _ in 0..<resets {
                        _ = try await log.start(nonce, at: now, terms: terms)
                        _ = try await log.finish(nonce, at: now)
                        _ = try await log.reset(nonce, at: now)
                    }
                    _ = try await log.start(nonce, at: now, terms: terms)
                    if resets == 0 { _ = try await log.finish(nonce, at: now) }
                }
            }
        }
        try await group.waitForAll()
    }
    await log.close()
}

private func reopen(_ path: String) throws {
    // In the page cache, as after a restart of the process.
    fflush(nil)
    let words: [String] = [CommandLine.arguments[0], "--open", path]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    precondition(posix_spawn(&process, "/proc/self/exe", nil, nil, &arguments, environ) == 0)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    precondition(status == 0)
}

func openAndReport(_ path: String) async throws {
    let before = residentBytes()
    let processorBefore = processorMicroseconds()
    let start = clock.now
    let log = try ConsumptionLog.open(at: path)
    let duration = clock.now - start
    let processor = Double(processorMicroseconds() - processorBefore) / 1_000_000
    let resident = residentBytes() - before
    let metrics = log.metrics
    print(
        "    opened \(metrics.records) events in", rounded(seconds(duration), 3), "s (processor", rounded(processor, 3),
        "s); resident",
        rounded(Double(resident) / 1_048_576, 1), "MiB more than before, of which words",
        rounded(Double(metrics.stateBytes) / 1_048_576, 1)
    )
    await log.close()
}

/// Processor time of the process in microseconds, which a busy machine does not lengthen.
private func processorMicroseconds() -> Int { Int(Glibc.clock()) }

/// RSS from /proc/self/statm, in bytes.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
