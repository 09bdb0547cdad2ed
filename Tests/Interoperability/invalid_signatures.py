"""The invalid tokens of token-vectors.json whose signature, or what it signs, is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ed25519, utils

from invalid_tokens import Vector, vector
from linkseal_token import DATA_PREFIX, LINK_PREFIX, P256_ORDER, SESSION_PREFIX, encode_ecdsa
from valid_tokens import HASH
from vector_keys import ED25519, ED25519_VERIFYING, P256, P256_PENDING, VectorKey
from vector_tokens import ALPHABET, flipped, payload, signed, text

# RFC 8032 §5.1.
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ED25519_PRIME = 2**255 - 19


def case(name: str, data: bytes, error: str = "signature_invalid") -> Vector:
    return vector(name, error, text(data))


def flips() -> Iterator[Vector]:
    for key in (ED25519, P256):
        # 11 bytes of contact ID and a hash need a filler.
        data = signed(payload(key=key, data_hash=HASH, contact=b"contact-001"), key)
        name = f"{key.algorithm}, a flipped bit in"
        for part, offset in {
            "the distribution": 5,
            "the serial": 16,
            "the epoch": 18,
            "the expiry": 19,
            "the hash": 23,
            "the hash's last byte": 38,
            "the contact ID": 39,
            "the contact ID's last byte": 49,
            "the first half of the signature": 51,
            "the second half of the signature": 83,
            "the signature's last byte": 114,
        }.items():
            yield case(f"{name} {part}", flipped(data, offset))
        yield case(f"{name} the key ID", flipped(data, 1), "key_unknown")
        yield case(f"{name} the version, which makes it unknown", flipped(data, 0, 7), "version_unknown")
        yield case(f"{name} the filler, which makes it a control character", flipped(data, 50), "layout_invalid")
        yield case(f"{name} the filler, which makes it part of the contact ID", flipped(data, 50, 5))

        unhashed = signed(payload(key=key, contact=b"x" * 40), key)
        yield case(f"{name} the version, which makes the contact ID a hash", flipped(unhashed, 0))
        ascii_hash = signed(payload(key=key, data_hash=b"0123456789abcdef", contact=b"x" * 12), key)
        yield case(f"{name} the version, which makes the hash a contact ID", flipped(ascii_hash, 0))


def lengths() -> Iterator[Vector]:
    def with_letter_first(contact: bytes) -> bytes:
        """A token whose signature's first byte can pass for one of the contact ID."""
        candidates = (signed(payload(contact=contact, serial=serial)) for serial in range(1000))
        return next(candidate for candidate in candidates if chr(candidate[-64]) in ALPHABET)

    one, two = with_letter_first(b"contact-00001"), with_letter_first(b"contact-000001")
    assert len(one) % 3 == 1 and len(two) % 3 == 2
    yield case("a byte is cut off the end, which makes 1 modulo 3", two[:-1])
    yield case("a byte is cut off the end, which makes a multiple of 3", one[:-1], "layout_invalid")
    yield case("a zero byte at the end, which makes 2 modulo 3", one + b"\0")
    yield case("a zero byte at the end, which makes a multiple of 3", two + b"\0", "layout_invalid")
    yield case("a byte is cut out of the contact ID", two[:30] + two[31:])
    yield case("a letter is added to the contact ID", one[:30] + b"x" + one[30:])
    yield case("the filler is exchanged for a letter", signed(payload())[:35] + b"x" + signed(payload())[36:])


def messages() -> Iterator[Vector]:
    for key in (ED25519, P256):
        data = payload(key=key, data_hash=HASH)
        for name, prefix in {
            "the prefix of session receipts": SESSION_PREFIX,
            "the prefix of embedded data": DATA_PREFIX,
            "no prefix": b"",
            "the prefix without its zero byte": LINK_PREFIX[:-1],
            "the prefix with two zero bytes": LINK_PREFIX + b"\0",
            "the prefix of another version": b"linkseal link v2\0",
            "the prefix in capitals": b"LINKSEAL LINK V1\0",
        }.items():
            yield case(f"{key.algorithm}, signed with {name}", signed(data, key, prefix))
        yield case(f"{key.algorithm}, signed without the version", data + key.sign(LINK_PREFIX + data[1:]))
        digest = hashlib.sha256(LINK_PREFIX + data).digest()
        yield case(f"{key.algorithm}, the digest of the message is signed", data + key.sign(digest))
        unfilled = payload(key=key)
        assert unfilled.endswith(b"\0")
        yield case(f"{key.algorithm}, signed without the filler", unfilled + key.sign(LINK_PREFIX + unfilled[:-1]))
        yield case(f"{key.algorithm}, the signature of another token", data + signed(unfilled, key)[-64:])
        yield case(f"{key.algorithm}, a signature of zeros", data + bytes(64))
        yield case(f"{key.algorithm}, a signature of ones", data + b"\xff" * 64)
        signature = key.sign(LINK_PREFIX + data)
        yield case(
            f"{key.algorithm}, the halves of the signature are exchanged", data + signature[32:] + signature[:32]
        )

    def under(name: str, named: VectorKey, signing: VectorKey) -> Vector:
        return case(name, signed(payload(key=named), signing))

    yield under("Ed25519, signed by another key of the same algorithm", ED25519, ED25519_VERIFYING)
    yield under("P-256, signed by another key of the same algorithm", P256, P256_PENDING)
    yield under("an Ed25519 signature under a P-256 key", P256, ED25519)
    yield under("a P-256 signature under an Ed25519 key", ED25519, P256)


def scalars() -> Iterator[Vector]:
    data = payload(data_hash=HASH)
    signature = ED25519.sign(LINK_PREFIX + data)
    point, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    public = ED25519.public_key
    assert isinstance(public, ed25519.Ed25519PublicKey)

    def ed25519_case(name: str, r: bytes, s: int) -> Vector:
        return case(f"Ed25519, {name}", data + r + s.to_bytes(32, "little"))

    for multiple in (1, 2, 7):
        yield ed25519_case(f"S + {multiple} L", point, scalar + multiple * ED25519_ORDER)
    yield ed25519_case("S = L", point, ED25519_ORDER)
    yield ed25519_case("S = 0", point, 0)
    yield ed25519_case("S negated", point, ED25519_ORDER - scalar)
    yield ed25519_case("the top bit of S", point, scalar | 1 << 255)
    yield ed25519_case("the sign of R", flipped(point, 31, 7), scalar)
    yield ed25519_case("R the neutral element and S = 0", (1).to_bytes(32, "little"), 0)
    yield ed25519_case("R not canonical, y = p + 1", (ED25519_PRIME + 1).to_bytes(32, "little"), 0)
    yield ed25519_case("R of y = 2^255 - 1", (2**255 - 1).to_bytes(32, "little"), scalar)

    data = payload(key=P256, data_hash=HASH)
    signature = P256.sign(LINK_PREFIX + data)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    half = P256_ORDER // 2

    def p256_case(name: str, case_r: int, case_s: int) -> Vector:
        return case(f"P-256, {name}", data + encode_ecdsa(case_r, case_s))

    yield p256_case("the greater of the two s, right but for that", r, P256_ORDER - s)
    yield p256_case("s one more than half the order", r, half + 1)
    yield p256_case("s half the order", r, half)
    for name, value in {"0": 0, "1": 1, "n - 1": P256_ORDER - 1, "n": P256_ORDER, "n + 1": P256_ORDER + 1}.items():
        yield p256_case(f"r = {name}", value, s)
        yield p256_case(f"s = {name}", r, value)
    yield p256_case("r = 2^256 - 1", 2**256 - 1, s)
    yield p256_case("s = 2^256 - 1", r, 2**256 - 1)
    yield p256_case("r negated", P256_ORDER - r, s)
    yield p256_case("r and s 1", 1, 1)
    yield p256_case("r = n and s = 0", P256_ORDER, 0)
    little = signature[:32][::-1] + signature[32:][::-1]
    yield case("P-256, r and s with the least significant byte first", data + little)
    # The DER takes the place of the last bytes, as if the signature had no fixed length.
    der = utils.encode_dss_signature(r, s)
    yield case("P-256, the signature in DER", data + der, "layout_invalid")


def vectors() -> list[Vector]:
    return [*flips(), *lengths(), *messages(), *scalars()]
