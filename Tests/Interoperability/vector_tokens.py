"""How the test vectors' tokens are put together: from raw parts, so that wrong ones can be built and signed too."""

from __future__ import annotations

from typing import Any

import linkseal_token
from linkseal_token import LINK_PREFIX
from vector_keys import ED25519, VectorKey

# RFC 4648, table 2.
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

NOW = 1_800_000_000
EXPIRY = NOW + 30 * 86_400

# Distributions of the vectors' trust.
PLAIN = bytes.fromhex("0102030405060708")
RAISED = bytes.fromhex("8000000000000000")
LAST_EPOCH = bytes.fromhex("ffffffffffffffff")
ENDED_EARLY = bytes.fromhex("00000000000000e1")
ENDED_EARLY_AT = NOW + 1000
EXTENDED = bytes.fromhex("00000000000000e2")
EXTENDED_TO = EXPIRY + 86_400
SINGLE = bytes.fromhex("00000000000000e3")
# Not in the vectors' trust.
UNPUBLISHED = bytes.fromhex("0000000000000001")

TRUST = {
    "distributions": [
        {"id": PLAIN.hex(), "epoch": 0, "revokedSerials": [0xFFFF_FFFE]},
        {"id": RAISED.hex(), "epoch": 3, "revokedSerials": [7, 0xFFFF_FFFF]},
        {"id": LAST_EPOCH.hex(), "epoch": 0xFFFF, "revokedSerials": []},
        {"id": ENDED_EARLY.hex(), "epoch": 0, "revokedSerials": [7], "expiry": ENDED_EARLY_AT},
        {"id": EXTENDED.hex(), "epoch": 1, "revokedSerials": [], "expiry": EXTENDED_TO},
        {
            "id": SINGLE.hex(),
            "epoch": 1,
            "revokedSerials": [4],
            "expiry": ENDED_EARLY_AT,
            "links": [
                {"serial": 1, "expiry": EXTENDED_TO},
                {"serial": 2, "epoch": 3},
                {"serial": 3, "reopenedAt": NOW},
                {"serial": 4, "expiry": EXTENDED_TO},
                {"serial": 5, "epoch": 0, "expiry": NOW},
            ],
        },
    ]
}


def payload(
    *,
    key: VectorKey = ED25519,
    version: int | None = None,
    distribution: bytes = PLAIN,
    serial: int = 1,
    epoch: int = 0,
    expiry: int = EXPIRY,
    data_hash: bytes = b"",
    contact: bytes = b"contact-0001",
    filler: bytes | None = None,
) -> bytes:
    """The bytes before the signature. `version` and `filler` are the right ones unless given."""
    if version is None:
        version = 0x2D if data_hash else 0x2C
    unfilled = bytes([version]) + key.key_id + distribution
    unfilled += serial.to_bytes(4, "big") + epoch.to_bytes(2, "big") + expiry.to_bytes(4, "big")
    unfilled += data_hash + contact
    if filler is None:
        filler = b"\0" if (len(unfilled) + 64) % 3 == 0 else b""
    return unfilled + filler


def signed(data: bytes, key: VectorKey = ED25519, prefix: bytes = LINK_PREFIX) -> bytes:
    return data + key.sign(prefix + data)


def text(data: bytes) -> str:
    return linkseal_token.encode_text(data)


def token(key: VectorKey = ED25519, **parts: Any) -> str:
    return text(signed(payload(key=key, **parts), key))


def with_unused_bit(token_text: str, bit: int) -> str:
    """Sets one of the unused bits of the last character."""
    return token_text[:-1] + ALPHABET[ALPHABET.index(token_text[-1]) | 1 << bit]


def flipped(data: bytes, offset: int, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[offset] ^= 1 << bit
    return bytes(changed)
