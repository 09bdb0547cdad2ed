import COpenSSL

/// A P-256 key with a table of its multiples, which verifies ECDSA signatures (FIPS 186-5 §6.4.2) in half the time.
///
/// Verifying computes *u₁*·G + *u₂*·Q. libcrypto has a table for the generator G and none for the key Q, so that *u₂*·Q takes
/// most of the time. But it makes a table for the generator of any group: here Q is the generator of a second group on the
/// same curve. All arithmetic is libcrypto's; what is here is the order of the steps, and the bounds of *r* and *s*. Nothing
/// in it is secret, so it need not take constant time.
///
/// The groups are not changed once they are made, so threads may share them; everything else belongs to one call.
package final class P256Table: @unchecked Sendable {
    /// The curve with its standard generator.
    nonisolated(unsafe) private static let curve: OpaquePointer = {
        guard let curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else { fatalError("libcrypto has no P-256") }
        return curve
    }()
    /// *n*, the order of both generators.
    nonisolated(unsafe) private static let order = EC_GROUP_get0_order(curve)!
    /// *p*, over whose field the curve is defined.
    nonisolated(unsafe) private static let prime = EC_GROUP_get0_field(curve)!
    /// *p* − *n*: an *x* below *p* that was reduced modulo *n* to less than this can have been *n* more.
    nonisolated(unsafe) private static let primeMinusOrder: OpaquePointer = {
        guard let difference = BN_new(), BN_sub(difference, prime, order) == 1 else { fatalError("out of memory") }
        return difference
    }()

    /// The curve with the key as its generator, and the table.
    private let keyCurve: OpaquePointer

    /// - Parameter subjectPublicKeyInfo: of a ``PublicKey`` on P-256, which ends in the uncompressed point (RFC 5480 §2.2).
    /// - Returns: nil when libcrypto lacks the functions or the memory.
    package init?(subjectPublicKeyInfo: Span<UInt8>) {
        guard linkseal_has_precomputation() == 1, let context = BN_CTX_new(), let key = EC_POINT_new(Self.curve),
            let keyCurve = EC_GROUP_dup(Self.curve)
        else { return nil }
        self.keyCurve = keyCurve
        defer {
            EC_POINT_free(key)
            BN_CTX_free(context)
        }
        let isRead = subjectPublicKeyInfo.extracting(last: 65).withPointer {
            EC_POINT_oct2point(Self.curve, key, $0, $1, context)
        }
        guard isRead == 1, EC_GROUP_set_generator(keyCurve, key, Self.order, BN_value_one()) == 1,
            linkseal_precompute(keyCurve, context) == 1
        else {
            ERR_clear_error()
            return nil
        }
    }

    deinit { EC_GROUP_free(keyCurve) }

    /// Whether this is a valid signature of the digest. Unlike ``PublicKey/isValidSignature(_:for:)`` it takes either half of *s*.
    ///
    /// - Returns: nil when libcrypto can't compute it, for want of memory.
    package func isValid(_ signature: Signature, digest: SHA256.Digest) -> Bool? {
        guard let context = BN_CTX_new() else { return nil }
        BN_CTX_start(context)
        let (sum, product) = (EC_POINT_new(Self.curve), EC_POINT_new(keyCurve))
        defer {
            EC_POINT_free(product)
            EC_POINT_free(sum)
            BN_CTX_end(context)
            BN_CTX_free(context)
        }
        // When one can't be had, neither can those after it.
        let (r, s, u1, u2) = (BN_CTX_get(context), BN_CTX_get(context), BN_CTX_get(context), BN_CTX_get(context))
        let (x, z, scaled) = (BN_CTX_get(context), BN_CTX_get(context), BN_CTX_get(context))
        let bytes = signature.bytes
        guard let sum, let product, scaled != nil, bytes.span.extracting(..<32).read(into: r),
            bytes.span.extracting(32...).read(into: s), digest.span.read(into: u1)
        else { return failed() }

        guard BN_is_zero(r) == 0, BN_is_zero(s) == 0, BN_cmp(r, Self.order) < 0, BN_cmp(s, Self.order) < 0 else {
            return false
        }
        // u₁ = digest / s and u₂ = r / s. The digest is as long as the order, so none of it is cut off.
        guard BN_mod_inverse(s, s, Self.order, context) != nil, BN_mod_mul(u1, u1, s, Self.order, context) == 1,
            BN_mod_mul(u2, r, s, Self.order, context) == 1,
            EC_POINT_mul(Self.curve, sum, u1, nil, nil, context) == 1,
            EC_POINT_mul(keyCurve, product, u2, nil, nil, context) == 1,
            EC_POINT_add(Self.curve, sum, sum, product, context) == 1
        else { return failed() }
        // It has no x: Z is 0, which the comparison below must not see.
        if EC_POINT_is_at_infinity(Self.curve, sum) == 1 { return false }
        guard linkseal_projective_coordinates(Self.curve, sum, x, z, context) == 1,
            BN_mod_sqr(z, z, Self.prime, context) == 1, BN_mod_mul(scaled, r, z, Self.prime, context) == 1
        else { return failed() }
        // The point's x is X/Z². Comparing r·Z² with X saves the division.
        if BN_cmp(scaled, x) == 0 { return true }
        guard BN_cmp(r, Self.primeMinusOrder) < 0 else { return false }
        guard BN_add(r, r, Self.order) == 1, BN_mod_mul(scaled, r, z, Self.prime, context) == 1 else { return failed() }
        return BN_cmp(scaled, x) == 0
    }

    private func failed() -> Bool? {
        ERR_clear_error()
        return nil
    }
}

extension Span<UInt8> {
    /// Reads an unsigned big-endian number.
    fileprivate func read(into number: OpaquePointer?) -> Bool {
        withPointer { BN_bin2bn($0, CInt($1), number) } != nil
    }
}
