import COpenSSL

/// ECDSA signatures on P-256 between OpenSSL's DER (RFC 3279 §2.2.3) and *r* ‖ *s*.
///
/// Only signatures with *s* ≤ *n*/2 exist here. (*r*, *n* − *s*) verifies as well as (*r*, *s*), so without this rule
/// anybody could make a second text of a token (BIP 146 has the history).
enum ECDSASignature {
    /// Half the order of P-256, rounded down (SEC 2 §2.4.2).
    private static let halfOrder: InlineArray<32, UInt8> = [
        0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xDE, 0x73, 0x7D, 0x56, 0xD3, 0x8B, 0xCF, 0x42, 0x79, 0xDC, 0xE5, 0x61, 0x7E, 0x31, 0x92, 0xA8,
    ]

    // A constant that is only read.
    nonisolated(unsafe) private static let order: OpaquePointer = {
        guard let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1),
            let order = BN_dup(EC_GROUP_get0_order(group))
        else { fatalError("libcrypto has no P-256") }
        EC_GROUP_free(group)
        return order
    }()

    static func hasLowS(_ signature: Signature) -> Bool {
        for index in 0..<32 {
            let byte = signature.bytes[32 + index]
            if byte != halfOrder[index] { return byte < halfOrder[index] }
        }
        return true
    }

    /// From DER, with *s* brought into the lower half.
    static func fixed(der: UnsafePointer<UInt8>, count: Int) throws(CryptographyError) -> Signature {
        var cursor: UnsafePointer<UInt8>? = der
        guard let parsed = d2i_ECDSA_SIG(nil, &cursor, count) else { throw .queued("read an ECDSA signature") }
        defer { ECDSA_SIG_free(parsed) }
        var signature = try fixed(r: ECDSA_SIG_get0_r(parsed), s: ECDSA_SIG_get0_s(parsed))
        if !hasLowS(signature) {
            let lowS = BN_new()
            defer { BN_free(lowS) }
            guard let lowS, BN_sub(lowS, order, ECDSA_SIG_get0_s(parsed)) == 1 else {
                throw .queued("normalise an ECDSA signature")
            }
            signature = try fixed(r: ECDSA_SIG_get0_r(parsed), s: lowS)
        }
        return signature
    }

    private static func fixed(r: OpaquePointer, s: OpaquePointer) throws(CryptographyError) -> Signature {
        var bytes = InlineArray<64, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        let written = span.withUnsafeMutableBufferPointer { (buffer) in
            BN_bn2binpad(r, buffer.baseAddress, 32) == 32 && BN_bn2binpad(s, buffer.baseAddress! + 32, 32) == 32
        }
        guard written else { throw .queued("write an ECDSA signature") }
        return Signature(bytes: bytes)
    }

    /// Runs the body with the DER form.
    static func withDER<Result>(
        _ signature: Signature, _ body: (UnsafePointer<UInt8>, Int) -> Result
    ) throws(CryptographyError) -> Result {
        let bytes = signature.bytes
        let span = bytes.span
        let r = span.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, nil) }
        let s = span.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress! + 32, 32, nil) }
        guard let built = ECDSA_SIG_new(), ECDSA_SIG_set0(built, r, s) == 1 else {
            fatalError("out of memory")
        }
        defer { ECDSA_SIG_free(built) }
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_ECDSA_SIG(built, &der)
        defer { CRYPTO_free(der, nil, 0) }
        guard count > 0, let der else { throw .queued("write an ECDSA signature") }
        return body(der, Int(count))
    }
}
