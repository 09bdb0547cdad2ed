// libFuzzer target: opens, checks, reads and repairs a log of arbitrary bytes, none of which may trap or hang, and holds
// them against each other.
//
// The first byte of an input says whether it is taken as it is, or becomes a log: then a sound header comes before it,
// and records whose first bytes ask for it get their checksum put right, so that the fuzzer gets past both.
//
// swift build -c release --product ConsumptionLogFuzz --sanitize=fuzzer -Xswiftc -DFUZZING

import Consumption
import ConsumptionModel
import LinkToken

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOpening(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let kind = input.first else { return 0 }
    let bytes = kind & 1 == 0 ? Array(input.dropFirst()) : LogForgery.log(from: input.dropFirst(), sealed: kind >> 4)
    FuzzedLog(bytes).examine()
    return 0
}
