"""The invalid tokens of token-vectors.json: text, version, layout, trust and embedded data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linkseal_token import embedded_data_hash
from valid_tokens import FIELDS, HASH, SALT, Fields
from vector_keys import (
    ED25519,
    ED25519_RETIRED,
    ED25519_REVOKED,
    ED25519_UNKNOWN,
    P256,
    P256_RETIRED,
    P256_REVOKED,
    P256_UNKNOWN,
)
from vector_tokens import (
    ENDED_EARLY,
    ENDED_EARLY_AT,
    EXPIRY,
    EXTENDED,
    EXTENDED_TO,
    LAST_EPOCH,
    NOW,
    PLAIN,
    RAISED,
    SINGLE,
    flipped,
    payload,
    signed,
    text,
    token,
    with_unused_bit,
)

Vector = dict[str, Any]


def vector(
    name: str,
    error: str,
    token_text: str,
    *,
    now: int | None = NOW,
    embedded_data: Fields | None = None,
    salt: bytes = b"",
) -> Vector:
    result: Vector = {"name": name, "token": token_text}
    # A report is checked at no time.
    result |= {"purpose": "reporting"} if now is None else {"now": now}
    result["error"] = error
    if embedded_data is not None:
        result |= {"embeddedData": embedded_data, "salt": salt.hex()}
    return result


def texts() -> Iterator[Vector]:
    def case(name: str, token_text: str) -> Vector:
        return vector(name, "text_invalid", token_text)

    # 100 bytes in 134 characters, the last of which has 4 unused bits; 104 bytes in 139, with 2 unused bits.
    four_unused, two_unused = token(contact=b"x" * 12), token(contact=b"x" * 17)
    assert len(four_unused) % 4 == 2 and len(two_unused) % 4 == 3

    yield case("the empty text", "")
    for length in (1, 117, 221):
        yield case(f"{length} characters, an impossible length", ("L" * 223)[:length])
    yield case("a character too many, which makes an impossible length", two_unused + "AA")
    yield case("a character cut off, which makes an impossible length", four_unused[:-1])
    yield case("padding of two", four_unused + "==")
    yield case("padding of one", two_unused + "=")
    yield case("incomplete padding", four_unused + "=")
    yield case("padding in the middle", four_unused[:40] + "=" + four_unused[41:])
    for bit in range(4):
        yield case(f"bit {bit} of 4 unused bits is set", with_unused_bit(four_unused, bit))
    for bit in range(2):
        yield case(f"bit {bit} of 2 unused bits is set", with_unused_bit(two_unused, bit))
    for name, character in {
        "a line feed": "\n",
        "a carriage return and a line feed": "\r\n",
        "a space": " ",
        "a tab": "\t",
        "a zero byte": "\0",
        "a full stop": ".",
    }.items():
        yield case(f"{name} at the end", four_unused + character)
        yield case(f"{name} in the middle", four_unused[:60] + character + four_unused[60:])
    yield case("a space at the start", " " + four_unused)
    yield case("a byte order mark at the start", "\ufeff" + four_unused)
    for character in "+/.~%@[`{:,'":
        yield case(f"{character} in place of a character", four_unused[:50] + character + four_unused[51:])
    yield case("a full-width L at the start", "\uff2c" + four_unused[1:])
    yield case("a Cyrillic letter that looks Latin", four_unused[:50] + "\u0430" + four_unused[51:])
    yield case("an emoji at the end", four_unused[:-1] + "\U0001f98a")
    yield case("224 characters, strict base64url", text(signed(payload(data_hash=HASH, contact=b"x" * 65, filler=b""))))
    yield case("226 characters, strict base64url", text(signed(payload(data_hash=HASH, contact=b"x" * 65))))
    yield case("4096 characters", "L" * 4096)


def versions() -> Iterator[Vector]:
    for version in (0x00, 0x2B, 0x2E, 0x2F, 0x4B, 0xAC, 0xAD, 0xFF):
        yield vector(f"version 0x{version:02X}", "version_unknown", token(version=version))
    yield vector("an unknown version and nothing else", "version_unknown", text(b"\x2e"))
    yield vector("a session receipt's length and version", "version_unknown", text(b"\x4b" + bytes(35)))


def lengths() -> Iterator[Vector]:
    def case(name: str, data: bytes) -> Vector:
        return vector(name, "layout_invalid", text(data))

    for version, smallest in ((0x2C, 88), (0x2D, 104)):
        whole = signed(payload(data_hash=HASH if version == 0x2D else b"", contact=b"x" * 64))
        # 64, 87: a signature and less than the fields; 88 to 103 with a hash: a contact ID of less than no bytes.
        for length in (1, 2, 5, 23, 64, 65, 86, 87, 88, 89, 101, 102, 103):
            if length < smallest:
                yield case(f"version 0x{version:02X}, {length} bytes", whole[:length])
    yield case("without hash, contact ID of 65 bytes", signed(payload(contact=b"x" * 65)))
    yield case("without hash, contact ID of 66 bytes and a filler", signed(payload(contact=b"x" * 66)))
    yield case("without hash, 167 bytes", signed(payload(contact=b"x" * 80)))
    yield case("contact ID of 66 bytes in 22 characters", signed(payload(contact="\u6f22".encode() * 22)))
    yield case("without hash, no contact ID", signed(payload(contact=b"", filler=b"")))
    yield case("without hash, no contact ID and a filler", signed(payload(contact=b"")))
    yield case("with hash, no contact ID", signed(payload(data_hash=HASH, contact=b"")))
    yield case("no contact ID, a hash that ends in zero", signed(payload(data_hash=HASH[:15] + b"\0", contact=b"")))
    yield case("no contact ID, a hash of zeros", signed(payload(data_hash=bytes(16), contact=b"")))
    yield case("with hash, no contact ID and a filler", signed(payload(data_hash=HASH, contact=b"", filler=b"\0")))
    yield case("the distribution is zero", signed(payload(distribution=bytes(8))))
    yield case("P-256, the distribution is zero", signed(payload(key=P256, distribution=bytes(8)), P256))


def fillers() -> Iterator[Vector]:
    def case(name: str, contact: bytes, filler: bytes, data_hash: bytes = b"") -> Vector:
        data = signed(payload(contact=contact, filler=filler, data_hash=data_hash))
        return vector(name, "layout_invalid", text(data))

    yield case("without hash, the filler is missing", b"x" * 12, b"")
    yield case("with hash, the filler is missing", b"x" * 11, b"", HASH)
    yield case("a filler where one byte more makes 2 modulo 3", b"x" * 13, b"\0")
    yield case("a filler that makes a multiple of 3", b"x" * 14, b"\0")
    yield case("two fillers after a length that needs one", b"x" * 12, b"\0\0")
    yield case("two fillers that make 1 modulo 3", b"x" * 11, b"\0\0")
    yield case("three fillers", b"x" * 10, b"\0\0\0")
    yield case("a filler of 0x01", b"x" * 12, b"\x01")
    yield case("a filler of 0x80", b"x" * 12, b"\x80")
    yield case("a filler of 0xFF", b"x" * 12, b"\xff")
    yield case("a filler after a contact ID of 64 bytes, without hash", b"x" * 64, b"\0")
    yield case("a filler before the contact ID", b"\0" + b"x" * 12, b"")


def contact_ids() -> Iterator[Vector]:
    def case(name: str, contact: bytes) -> Vector:
        return vector(f"contact ID with {name}", "layout_invalid", token(contact=contact))

    for code_point in (0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F):
        control = chr(code_point).encode()
        yield case(f"U+{code_point:04X} at its start", control + b"contact")
        yield case(f"U+{code_point:04X} inside", b"con" + control + b"tact")
        yield case(f"U+{code_point:04X} at its end", b"contact" + control)
    yield vector("contact ID of U+0085 alone", "layout_invalid", token(contact=b"\xc2\x85"))
    for name, sequence in {
        "an overlong zero byte": b"\xc0\x80",
        "an overlong slash of 2 bytes": b"\xc0\xaf",
        "an overlong U+007F of 2 bytes": b"\xc1\xbf",
        "an overlong slash of 3 bytes": b"\xe0\x80\xaf",
        "an overlong U+07FF of 3 bytes": b"\xe0\x9f\xbf",
        "an overlong slash of 4 bytes": b"\xf0\x80\x80\xaf",
        "an overlong U+FFFF of 4 bytes": b"\xf0\x8f\xbf\xbf",
        "a continuation byte alone": b"\x80",
        "two continuation bytes alone": b"\xbf\xbf",
        "a sequence of 2 bytes cut short": b"\xc3",
        "a sequence of 3 bytes cut short": b"\xe2\x82",
        "a sequence of 4 bytes cut short": b"\xf0\x9f\xa6",
        "a first byte of 3 with one of ASCII after it": b"\xe2\x41\x82",
        "the surrogate U+D800": b"\xed\xa0\x80",
        "the surrogate U+DFFF": b"\xed\xbf\xbf",
        "a pair of surrogates (CESU-8)": b"\xed\xa0\xbe\xed\xb6\x8a",
        "U+110000": b"\xf4\x90\x80\x80",
        "a first byte of 0xF5": b"\xf5\x80\x80\x80",
        "a sequence of 5 bytes": b"\xf8\x88\x80\x80\x80",
        "the byte 0xFE": b"\xfe",
        "the byte 0xFF": b"\xff",
        "Latin-1": b"Zo\xeb",
    }.items():
        yield case(f"{name} at its end", b"contact-" + sequence)
        yield case(f"{name} inside", b"con" + sequence + b"tact")
    # A decoder that reads on would take the filler or the signature into the sequence.
    yield case("a sequence cut short by the filler", b"contact-000\xc3")
    yield case("a sequence cut short at 64 bytes", b"x" * 63 + b"\xc3")


def keys() -> Iterator[Vector]:
    yield vector("Ed25519, an unknown key", "key_unknown", token(ED25519_UNKNOWN))
    yield vector("P-256, an unknown key", "key_unknown", token(P256_UNKNOWN))
    yield vector("key ID of zeros", "key_unknown", text(signed(b"\x2c" + bytes(4) + payload()[5:])))
    yield vector("key ID with its bytes reversed", "key_unknown", text(signed(with_key_id(ED25519.key_id[::-1]))))
    for key in (ED25519_RETIRED, ED25519_REVOKED, P256_RETIRED, P256_REVOKED):
        yield vector(f"{key.algorithm}, a {key.state} key", "key_not_verifying", token(key))


def with_key_id(key_id: bytes) -> bytes:
    data = payload()
    return data[:1] + key_id + data[5:]


def claims() -> Iterator[Vector]:
    def deleted(name: str, epoch: int, distribution: bytes = RAISED) -> Vector:
        return vector(name, "link_deleted", token(epoch=epoch, distribution=distribution))

    yield deleted("epoch 0 below 3", 0)
    yield deleted("epoch 2 below 3", 2)
    yield deleted("epoch 65534 below 65535", 0xFFFE, LAST_EPOCH)
    yield vector("P-256, epoch 0 below 3", "link_deleted", token(P256, distribution=RAISED))

    yield vector("a revoked serial", "link_revoked", token(distribution=RAISED, epoch=3, serial=7))
    yield vector("a revoked serial, a later epoch", "link_revoked", token(distribution=RAISED, epoch=9, serial=7))
    yield vector("serial 2^32 - 1, revoked", "link_revoked", token(distribution=RAISED, epoch=3, serial=0xFFFF_FFFF))
    yield vector("serial 2^32 - 2, revoked", "link_revoked", token(serial=0xFFFF_FFFE))

    yield vector("expired by exactly the leeway", "link_expired", token(), now=EXPIRY + 60)
    yield vector("expired by a second more than the leeway", "link_expired", token(), now=EXPIRY + 61)
    yield vector("P-256, expired by exactly the leeway", "link_expired", token(P256), now=EXPIRY + 60)
    yield vector("expiry 0", "link_expired", token(expiry=0))
    yield vector("expiry 0, exactly the leeway", "link_expired", token(expiry=0), now=60)

    early, later = token(distribution=ENDED_EARLY), token(distribution=EXTENDED, epoch=1)
    yield vector("at an earlier end, which has no leeway", "link_expired", early, now=ENDED_EARLY_AT)
    yield vector("between an earlier end and the expiry", "link_expired", early, now=EXPIRY - 1)
    yield vector("at a later end, which has no leeway", "link_expired", later, now=EXTENDED_TO)
    yield vector("P-256, at an earlier end", "link_expired", token(P256, distribution=ENDED_EARLY), now=ENDED_EARLY_AT)
    # The end replaces the expiry, not what was deleted or revoked.
    yield vector("deleted, before a later end", "link_deleted", token(distribution=EXTENDED))
    yield vector("revoked, before an earlier end", "link_revoked", token(distribution=ENDED_EARLY, serial=7))

    def single(serial: int, epoch: int = 1) -> str:
        return token(distribution=SINGLE, serial=serial, epoch=epoch)

    yield vector("at a later expiry of its own", "link_expired", single(1), now=EXTENDED_TO)
    yield vector("at an earlier expiry of its own, which has no leeway", "link_expired", single(5), now=NOW)
    yield vector("at its distribution's expiry, beside a link with a later one", "link_expired", single(6), now=ENDED_EARLY_AT)
    yield vector("the earlier link of a recipient who has a new one", "link_revoked", single(2))
    yield vector("the last earlier link of a recipient who has a new one", "link_revoked", single(2, 2))
    yield vector("deleted, where its recipient has a new link", "link_deleted", single(2, 0))
    yield vector("revoked, with a later expiry of its own", "link_revoked", single(4))
    yield vector("an own epoch below the distribution's", "link_deleted", single(5, 0))


def reports() -> Iterator[Vector]:
    for key in (ED25519_REVOKED, P256_REVOKED):
        yield vector(f"{key.algorithm}, a report under a revoked key", "key_not_verifying", token(key), now=None)
    yield vector("a report under an unknown key", "key_unknown", token(ED25519_UNKNOWN), now=None)
    forged = text(flipped(signed(payload(key=ED25519_RETIRED), ED25519_RETIRED), -1))
    yield vector("a report under a retired key, forged", "signature_invalid", forged, now=None)
    yield vector("a report of a deleted link", "link_deleted", token(distribution=RAISED), now=None)
    yield vector("a report of a revoked link", "link_revoked", token(distribution=RAISED, epoch=3, serial=7), now=None)


def embedded_data() -> Iterator[Vector]:
    def case(name: str, given: Fields, minted: Fields = FIELDS, given_salt: bytes = SALT) -> Vector:
        minted_token = token(data_hash=embedded_data_hash(minted, PLAIN, 1, SALT))
        return vector(name, "embedded_data_mismatch", minted_token, embedded_data=given, salt=given_salt)

    yield case("a value is changed", [("plan", "free"), ("churn_risk", "high")])
    yield case("a value differs in case", [("plan", "Pro"), ("churn_risk", "high")])
    yield case("a value has a space more", [("plan", "pro "), ("churn_risk", "high")])
    yield case("a value is empty", [("plan", ""), ("churn_risk", "high")])
    yield case("a field is missing", FIELDS[:1])
    yield case("every field is missing", [])
    yield case("a field is extra", [*FIELDS, ("seats", "5")])
    yield case("an empty field is extra", [*FIELDS, ("seats", "")])
    yield case("a field is renamed", [("tier", "pro"), ("churn_risk", "high")])
    yield case("a name differs in case", [("Plan", "pro"), ("churn_risk", "high")])
    yield case("the values are exchanged", [("plan", "high"), ("churn_risk", "pro")])
    yield case("a name and its value are exchanged", [("pro", "plan"), ("churn_risk", "high")])
    yield case("a letter moves from the value to the name", [("ab", "c")], [("a", "bc")])
    yield case("a field moves into a value", [("a", "b\0\0\0\x01c\0\0\0\x01d")], [("a", "b"), ("c", "d")])
    yield case("equal in NFKC only", [("name", "fi")], [("name", "\ufb01")])
    yield case("an accent is missing", [("name", "Zoe")], [("name", "Zo\u00eb")])
    yield case("another salt", FIELDS, given_salt=SALT[::-1])
    yield case("no salt for sealed data", FIELDS, given_salt=b"")

    for name, distribution, serial in (("distribution", RAISED, 1), ("serial", PLAIN, 2)):
        other = token(data_hash=embedded_data_hash(FIELDS, distribution, serial, SALT))
        yield vector(f"the hash is of another {name}", "embedded_data_mismatch", other, embedded_data=FIELDS, salt=SALT)
    yield vector("no hash, sealed data given", "embedded_data_mismatch", token(), embedded_data=FIELDS, salt=SALT)
    yield vector("no hash, data given in the link", "embedded_data_mismatch", token(), embedded_data=FIELDS)
    in_link = token(P256, data_hash=embedded_data_hash(FIELDS, PLAIN, 1, b""))
    yield vector("P-256, a field is missing", "embedded_data_mismatch", in_link, embedded_data=FIELDS[1:])


def precedence() -> Iterator[Vector]:
    """Everything that a later check looks at is wrong as well; the first check answers."""

    def case(name: str, error: str, token_text: str) -> Vector:
        late = EXPIRY + 60
        return vector(f"{name} comes first", error, token_text, now=late, embedded_data=FIELDS, salt=SALT)

    bad: dict[str, Any] = {"distribution": RAISED, "serial": 7}
    unknown_version = payload(version=0x2E, contact=b"\xff", filler=b"", **bad)
    broken_layout = payload(key=ED25519_UNKNOWN, contact=b"\xff", **bad)

    yield case("text", "text_invalid", text(unknown_version + bytes(64)) + "=")
    yield case("a text that is too long", "text_invalid", "A" * 224)
    yield case("version", "version_unknown", text(unknown_version + bytes(64)))
    yield case("layout, before an unknown key,", "layout_invalid", text(broken_layout + bytes(64)))
    yield case("layout, before a revoked key,", "layout_invalid", token(ED25519_REVOKED, contact=b"\0", **bad))
    yield case("an unknown key", "key_unknown", text(payload(key=ED25519_UNKNOWN, **bad) + bytes(64)))
    yield case("a retired key", "key_not_verifying", text(payload(key=ED25519_RETIRED, **bad) + bytes(64)))
    yield case("a revoked key", "key_not_verifying", text(payload(key=P256_REVOKED, **bad) + bytes(64)))
    yield case("Ed25519, signature", "signature_invalid", text(flipped(signed(payload(**bad)), -1)))
    p256 = signed(payload(key=P256, **bad), P256)
    yield case("P-256, signature", "signature_invalid", text(flipped(p256, -1)))
    yield case("deletion", "link_deleted", token(epoch=2, **bad))
    yield case("revocation", "link_revoked", token(epoch=3, **bad))
    yield case("expiry", "link_expired", token(epoch=3, distribution=RAISED))


def vectors() -> list[Vector]:
    return [
        *texts(),
        *versions(),
        *lengths(),
        *fillers(),
        *contact_ids(),
        *keys(),
        *claims(),
        *reports(),
        *embedded_data(),
        *precedence(),
    ]
