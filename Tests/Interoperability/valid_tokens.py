"""The valid tokens of token-vectors.json."""

from __future__ import annotations

from typing import Any

from linkseal_token import embedded_data_hash
from vector_keys import (
    ED25519,
    ED25519_PENDING,
    ED25519_RETIRED,
    ED25519_VERIFYING,
    P256,
    P256_PENDING,
    P256_RETIRED,
    VectorKey,
    seed,
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
    UNPUBLISHED,
    payload,
    signed,
    text,
)

Vector = dict[str, Any]
Fields = list[tuple[str, str]]

HASH = bytes.fromhex("00112233445566778899aabbccddeeff")
SALT = seed("salt of sealed embedded data")
FIELDS = [("plan", "pro"), ("churn_risk", "high")]

CONTACT_IDS = {
    "of one space": " ",
    "with a tilde, the last ASCII character that is allowed": "~",
    "in Latin script, composed": "Zo\u00eb-Stra\u00dfe",
    "in Latin script, decomposed, and kept so": "Zoe\u0308",
    "in Greek": "\u0395\u03bb\u03ad\u03bd\u03b7",
    "in Cyrillic": "\u041d\u0430\u0442\u0430\u0448\u0430",
    "in Arabic": "\u0641\u0627\u0637\u0645\u0629",
    "in Hebrew": "\u05e0\u05d5\u05e2\u05d4",
    "in Devanagari": "\u092a\u094d\u0930\u093f\u092f\u093e",
    "in Thai": "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
    "in Japanese": "\u5c71\u7530\u592a\u90ce",
    "in Korean": "\uae40\uc9c0\uc6b0",
    "of one emoji of several scalars": "\U0001f469\u200d\U0001f680",
    "of 64 bytes in 16 emoji": "\U0001f98a" * 16,
    "of 63 bytes in 21 characters": "\u6f22" * 21,
    "with U+00A0, the first character after C1": "a\u00a0b",
    "with U+2028, a separator": "a\u2028b",
    "with U+202E, a format character": "a\u202eb",
    "with a leading byte order mark": "\ufeffa",
    "with U+07FF and U+0800": "\u07ff\u0800",
    "with U+D7FF and U+E000, the neighbours of the surrogates": "\ud7ff\ue000",
    "with U+FFFF and U+10000": "\uffff\U00010000",
    "of U+10FFFF": "\U0010ffff",
}


def vector(
    name: str,
    key: VectorKey = ED25519,
    *,
    now: int | None = NOW,
    embedded_data: Fields | None = None,
    salt: bytes = b"",
    distribution: bytes = PLAIN,
    serial: int = 1,
    epoch: int = 0,
    expiry: int = EXPIRY,
    data_hash: bytes = b"",
    contact_id: str = "contact-0001",
) -> Vector:
    data = payload(
        key=key,
        distribution=distribution,
        serial=serial,
        epoch=epoch,
        expiry=expiry,
        data_hash=data_hash,
        contact=contact_id.encode(),
    )
    result: Vector = {
        "name": name,
        "token": text(signed(data, key)),
        "key": key.name,
        "claims": {
            "version": data[0],
            "distribution": distribution.hex(),
            "serial": serial,
            "epoch": epoch,
            "expiry": expiry,
            "embeddedDataHash": data_hash.hex() if data_hash else None,
            "contactID": contact_id,
        },
    }
    # A report is checked at no time.
    result |= {"purpose": "reporting"} if now is None else {"now": now}
    if embedded_data is not None:
        result |= {"embeddedData": embedded_data, "salt": salt.hex()}
    return result


def lengths() -> list[Vector]:
    sizes = [1, 2, 3, 12, 13, 14, 62, 63, 64]
    return [
        vector(
            f"{key.algorithm}, {'with' if data_hash else 'without'} hash, contact ID of {size} bytes",
            key,
            data_hash=data_hash,
            contact_id=("contact-" + "0123456789" * 6)[-size:],
        )
        for key in (ED25519, P256)
        for data_hash in (b"", HASH)
        for size in sizes
    ]


def contact_ids() -> list[Vector]:
    return [vector(f"contact ID {name}", contact_id=contact_id) for name, contact_id in CONTACT_IDS.items()]


def numbers() -> list[Vector]:
    last = 0xFFFF_FFFF
    return [
        vector("serial 0", serial=0),
        vector("serial 2^32 - 1", serial=last),
        vector("serial with the sign bit of 32 bits", serial=0x8000_0000),
        vector("expiry with the sign bit of 32 bits", expiry=0x8000_0000),
        vector("now 0", now=0),
        vector("the last second before the expiry", now=EXPIRY - 1),
        vector("at the expiry, within the leeway", now=EXPIRY),
        vector("the last second of the leeway", now=EXPIRY + 59),
        vector("expiry 0, within the leeway", expiry=0, now=59),
        vector("expiry 2^32 - 1, at the expiry", expiry=last, now=last),
        vector("a hash that ends in zero, a contact ID of one byte", data_hash=HASH[:15] + b"\0", contact_id="x"),
        vector("a hash of zeros", data_hash=bytes(16)),
        vector("every number at its largest", P256, distribution=LAST_EPOCH, serial=last, epoch=0xFFFF, expiry=last),
    ]


def trust() -> list[Vector]:
    return [
        vector("Ed25519, a pending key", ED25519_PENDING),
        vector("Ed25519, a verifying key", ED25519_VERIFYING),
        vector("P-256, a pending key", P256_PENDING),
        vector("a distribution that trust does not name, epoch 0", distribution=UNPUBLISHED),
        vector("a distribution that trust does not name, epoch 65535", distribution=UNPUBLISHED, epoch=0xFFFF),
        vector("the epoch of trust", distribution=RAISED, epoch=3),
        vector("an epoch above that of trust", distribution=RAISED, epoch=4),
        vector("epoch 65535 above 0", epoch=0xFFFF),
        vector("the last epoch", distribution=LAST_EPOCH, epoch=0xFFFF),
        vector("the serial before a revoked one", distribution=RAISED, epoch=3, serial=6),
        vector("the serial after a revoked one", distribution=RAISED, epoch=3, serial=8),
        vector("a serial that is revoked in another distribution", serial=7),
    ]


def ends() -> list[Vector]:
    return [
        vector("the last second before an earlier end", distribution=ENDED_EARLY, now=ENDED_EARLY_AT - 1),
        vector("past the leeway, before a later end", distribution=EXTENDED, epoch=1, now=EXPIRY + 60),
        vector("the last second before a later end", distribution=EXTENDED, epoch=1, now=EXTENDED_TO - 1),
        vector("expiry 0, before a later end", distribution=EXTENDED, epoch=1, expiry=0, now=EXTENDED_TO - 1),
        vector("a link with a later expiry of its own", distribution=SINGLE, epoch=1, now=EXTENDED_TO - 1),
        vector("a link without one beside it", distribution=SINGLE, epoch=1, serial=6, now=ENDED_EARLY_AT - 1),
        vector("a new link of one recipient", distribution=SINGLE, epoch=3, serial=2),
        vector("a link that was reopened", distribution=SINGLE, epoch=1, serial=3),
        vector("a link whose own epoch is below its distribution's", distribution=SINGLE, epoch=1, serial=5, now=NOW - 1),
    ]


def reports() -> list[Vector]:
    return [
        vector("a report", now=None),
        vector("Ed25519, a report under a retired key", ED25519_RETIRED, now=None),
        vector("P-256, a report under a retired key", P256_RETIRED, now=None),
        vector("a report of a link that has expired", now=None, expiry=0),
        vector("a report of a distribution that has ended", now=None, distribution=ENDED_EARLY),
    ]


def embedded_data() -> list[Vector]:
    def matching(name: str, minted: Fields, given: Fields, salt: bytes, key: VectorKey = ED25519) -> Vector:
        data_hash = embedded_data_hash(minted, PLAIN, 1, salt)
        return vector(name, key, data_hash=data_hash, embedded_data=given, salt=salt)

    composed = [("caf\u00e9", "\u00c5ngstr\u00f6m")]
    decomposed = [("cafe\u0301", "\u212bngstro\u0308m")]
    return [
        matching("sealed data matches", FIELDS, FIELDS, SALT),
        matching("P-256, sealed data matches", FIELDS, FIELDS, SALT, P256),
        matching("data in the link matches", FIELDS, FIELDS, b""),
        matching("the order of the fields does not matter", FIELDS, FIELDS[::-1], b""),
        matching("data that is not NFC matches its NFC", composed, decomposed, SALT),
        matching("data minted from what is not NFC matches its NFC", decomposed, composed, b""),
        matching("the hash of no fields matches no fields", [], [], SALT),
        vector("a token without hash matches no fields", embedded_data=[]),
        vector("a hash is not looked at when no data is given", data_hash=HASH),
    ]


def signatures() -> list[Vector]:
    """Signatures whose encoding has a leading zero byte, or a top bit that DER would read as a sign."""

    def first(name: str, key: VectorKey, contact_id: str, offset: int, byte: int) -> Vector:
        for serial in range(100_000):
            data = payload(key=key, serial=serial, contact=contact_id.encode())
            if signed(data, key)[len(data) + offset] == byte:
                return vector(name, key, serial=serial, contact_id=contact_id)
        raise AssertionError(name)

    return [
        first("Ed25519, a signature that begins with a zero byte, which is no filler", ED25519, "c-01", 0, 0),
        first("Ed25519, a filler before a signature that begins with a zero byte", ED25519, "c-1", 0, 0),
        first("P-256, r with a leading zero byte", P256, "c-1", 0, 0),
        first("P-256, r with the top bit", P256, "c-1", 0, 0xFF),
        first("P-256, s with a leading zero byte", P256, "c-1", 32, 0),
    ]


def vectors() -> list[Vector]:
    return lengths() + contact_ids() + numbers() + trust() + ends() + reports() + embedded_data() + signatures()
