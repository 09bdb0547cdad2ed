#if Spreadsheets && !FUZZING
    import Foundation

    /// Without libFuzzer: examines the inputs in the files that are named, to repeat a finding.
    @main
    struct Replay {
        static func main() throws {
            for path in CommandLine.arguments.dropFirst() {
                let input = Array(try Data(contentsOf: URL(filePath: path)))
                _ = input.withUnsafeBufferPointer { testOneInput($0.baseAddress, $0.count) }
            }
        }
    }
#endif
