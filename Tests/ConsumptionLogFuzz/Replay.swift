#if !FUZZING
    import Glibc

    /// Without libFuzzer: examines the inputs in the files that are named, to repeat a finding.
    @main
    struct Replay {
        static func main() {
            for path in CommandLine.arguments.dropFirst() {
                guard let file = fopen(path, "r") else { fatalError("can't open \(path)") }
                defer { fclose(file) }
                var bytes: [UInt8] = []
                var piece = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = fread(&piece, 1, piece.count, file)
                    if count == 0 { break }
                    bytes += piece[..<count]
                }
                bytes.withUnsafeBufferPointer { bytes in
                    if let start = bytes.baseAddress { _ = fuzzOpening(start, bytes.count) }
                }
                print("\(path): nothing found")
            }
        }
    }
#endif
