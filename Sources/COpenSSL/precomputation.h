#ifndef LINKSEAL_COPENSSL_PRECOMPUTATION_H
#define LINKSEAL_COPENSSL_PRECOMPUTATION_H

#include <openssl/ec.h>

// Functions of libcrypto that are deprecated since OpenSSL 3.0 and have no successor. Nothing else here uses any.
//
// They are declared here once more, as weak: a libcrypto that has lost them, when building or when running, makes them
// null instead of failing to link, and callers do without.
__attribute__((weak)) int EC_GROUP_precompute_mult(EC_GROUP *group, BN_CTX *context);
__attribute__((weak)) int EC_POINT_get_Jprojective_coordinates_GFp(
    const EC_GROUP *group, const EC_POINT *point, BIGNUM *x, BIGNUM *y, BIGNUM *z, BN_CTX *context);

/// Whether this libcrypto has the functions below.
static inline int linkseal_has_precomputation(void) {
    return EC_GROUP_precompute_mult != 0 && EC_POINT_get_Jprojective_coordinates_GFp != 0;
}

/// Computes a table of the multiples of the group's generator. 1 on success.
static inline int linkseal_precompute(EC_GROUP *group, BN_CTX *context) {
    return EC_GROUP_precompute_mult(group, context);
}

/// The coordinates X and Z of a point whose affine x is X/Z². 1 on success.
static inline int linkseal_projective_coordinates(
    const EC_GROUP *group, const EC_POINT *point, BIGNUM *x, BIGNUM *z, BN_CTX *context) {
    return EC_POINT_get_Jprojective_coordinates_GFp(group, point, x, 0, z, context);
}

#endif
