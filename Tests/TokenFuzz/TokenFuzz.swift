import Cryptography
import Encoding
import LinkToken

/// Parses arbitrary bytes as a token and as a session receipt. A trap, or a text that reads back differently, is a
/// finding. Built and run by `Tests/fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    check(input.span)
    // The first byte decides whether the rest is a payload that is put into the alphabet first, so that the fuzzer gets
    // past the text to the layout.
    if let first = input.first, first & 1 == 1 {
        check(Array(Base64URL.encode(input.span.extracting(1...)).utf8).span)
    }
    return 0
}

private func check(_ text: Span<UInt8>) {
    do throws(LinkRefusal) {
        let token = try Token(parsing: text)
        let again = Array(token.text.utf8)
        precondition(again.count == text.count && again.indices.allSatisfy { again[$0] == text[$0] })
        precondition((1...64).contains(token.unverifiedClaims.contactID.text.utf8.count))
        _ = token.description
        do throws(LinkRefusal) {
            _ = try token.verify(against: NobodyTrusted(), at: UnixTime(rawValue: 0))
            preconditionFailure("a link verified without a key")
        } catch {
            precondition(error.code == "key_unknown")
        }
    } catch {
        precondition(["text_invalid", "version_unknown", "layout_invalid"].contains(error.code))
        _ = error.description
    }
    let receipt = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    _ = try? SessionReceipt(unverified: receipt)
    _ = try? ContactID(receipt)
    _ = DistributionID(receipt)
    _ = KeyID(receipt)
}

private struct NobodyTrusted: LinkTrust {
    func key(_ id: KeyID) -> KeyTrust { .unknown }
    func changes(of distribution: DistributionID) -> DistributionChanges { .none }
}
