import Cryptography
import Distributions
import Foundation
import LinkToken
import Trust

// MintingBenchmarks [CONTACTS …] [--algorithm ed25519|p256]
// MintingBenchmarks --add [CONTACTS] [--algorithm ed25519|p256]
//
// Import, minting, downloading and joining of lists of each size: as rates, as ratios to the mean of what `openssl speed` signs
// on all cores right before and right after, with the processor time and the memory that each takes. Every step runs in
// a process of its own, whose largest resident size the system reports (getrusage(2)). Only an otherwise idle machine
// gives ratios that mean something.
//
// With --add: adding 1, 1,000 and 100,000 contacts to a distribution of a million, and one a thousand times, with what
// each takes and writes.

var arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--step" {
    try await Step(arguments).run()
} else {
    let isP256 = arguments.contains("p256")
    let sizes = arguments.compactMap(Int.init)
    if arguments.contains("--add") {
        try Additions(size: sizes.first ?? 1_000_000, isP256: isP256).run()
        exit(0)
    }
    try Comparison(sizes: sizes.isEmpty ? [10_000, 100_000, 1_000_000] : sizes, isP256: isP256).run()
}
