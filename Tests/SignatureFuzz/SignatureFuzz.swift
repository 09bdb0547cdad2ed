import Cryptography
import SignatureComparison

private let comparison = try! SignatureComparison()

/// Makes a signature of arbitrary bytes. A verdict with a key's table that is not OpenSSL's own is a finding. Built and run by
/// `Tests/fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        _ = try comparison.compare(input)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
