#if !FUZZING
    import Foundation
    import SignatureComparison
    import TestSupport

    /// Without libFuzzer: examines the inputs in the files that are named, to repeat a finding, or with `--compare COUNT`
    /// that many random ones.
    @main
    struct Replay {
        static func main() throws {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if arguments.count == 2, arguments[0] == "--compare", let count = Int(arguments[1]) {
                return try compare(count)
            }
            for path in arguments {
                let input = Array(try Data(contentsOf: URL(filePath: path)))
                _ = input.withUnsafeBufferPointer { testOneInput($0.baseAddress, $0.count) }
            }
        }

        private static func compare(_ count: Int) throws {
            let seed = UInt64.random(in: 0 ... .max)
            print("seed \(seed)")
            var random = SeededGenerator(seed: seed)
            let valid = try SignatureComparison().compare(count, &random)
            print("\(count) signatures, \(valid) of them valid: no disagreement")
        }
    }
#endif
