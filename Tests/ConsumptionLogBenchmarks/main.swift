// Measures the consumption log against a bare loop of `fdatasync` on the same file system in the same run.
//
// usage: ConsumptionLogBenchmarks [DIRECTORY] [RECORDS]
//
// The directory takes the files (by default the current one); RECORDS, by default 10 million, is the size of the log for
// opening and compacting, which is measured at a tenth of it, too.

import Consumption
import Glibc
import LinkToken

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--open" {
    try await openAndReport(CommandLine.arguments[2])
    exit(0)
}
let directory = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "."
let records = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2])! : 10_000_000
let path = "\(directory)/consumption-benchmark.log"
unlink(path)
defer { unlink(path) }

try await benchmarkStarts(at: path)
for count in [records / 10, records] {
    try await benchmarkOpening(at: path, records: count)
}
