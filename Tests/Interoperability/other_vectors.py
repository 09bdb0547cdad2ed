"""The cases of embedded-data-vectors.json and session-vectors.json."""

from __future__ import annotations

import hmac
from typing import Any

from linkseal_token import (
    RECEIPT,
    SESSION_PREFIX,
    Receipt,
    embedded_data_hash,
    encode_text,
    issue_receipt,
    receipt_tag,
    session_key_hint,
)
from vector_keys import seed
from vector_tokens import flipped

Vector = dict[str, Any]
Fields = list[tuple[str, str]]

DISTRIBUTION = bytes.fromhex("0102030405060708")
SALT = seed("salt of sealed embedded data")

FIELDS: dict[str, Fields] = {
    "no fields": [],
    "one field": [("plan", "pro")],
    "two fields": [("plan", "pro"), ("churn_risk", "high")],
    "two fields in the other order": [("churn_risk", "high"), ("plan", "pro")],
    "an empty value": [("plan", "")],
    "an empty name": [("", "pro")],
    "an empty name and value": [("", "")],
    "a name that begins with another": [("ab", "1"), ("a", "2"), ("abc", "3")],
    "the same letters divided otherwise (1)": [("a", "bc")],
    "the same letters divided otherwise (2)": [("ab", "c")],
    "capitals sort before small letters": [("a", "1"), ("B", "2"), ("b", "3"), ("A", "4")],
    "names that differ only in case": [("plan", "1"), ("Plan", "2"), ("PLAN", "3")],
    "numbers sort as text": [("field10", "1"), ("field9", "2")],
    "punctuation that locales pass over": [("co-op", "1"), ("coop", "2"), ("co_op", "3"), ("co op", "4")],
    "names that sort otherwise by UTF-16 code units": [("\uff5e", "1"), ("\U0001f98a", "2"), ("\ue000", "3")],
    "names that sort otherwise before NFC": [("e\u0301", "1"), ("f", "2"), ("z", "3")],
    "names that sort otherwise in a locale": [("z", "1"), ("\u00e4", "2"), ("a", "3"), ("\u00df", "4"), ("ss", "5")],
    "a name and value not in NFC": [("cafe\u0301", "Zoe\u0308")],
    "the same name and value in NFC": [("caf\u00e9", "Zo\u00eb")],
    "singletons: Kelvin, Ohm and Angstrom signs": [("units", "\u212a\u2126\u212b")],
    "marks that change their order": [("name", "q\u0307\u0323")],
    "a composition with a mark between": [("name", "a\u0323\u0302")],
    "a composition that is excluded": [("name", "\u0958\u2adc\ufb1d")],
    "conjoining Hangul": [("\u1112\u1161\u11ab", "\u1100\u1161")],
    "a CJK compatibility ideograph": [("name", "\uf900\U0002f800")],
    "a musical symbol that decomposes": [("note", "\U0001d15e")],
    "compatibility characters stay": [("name", "\ufb01\u2460\uff21\u00bd")],
    "names the same only in NFKC": [("\ufb01", "1"), ("fi", "2")],
    "an emoji of several scalars": [("mood", "\U0001f469\u200d\U0001f680\ufe0f")],
    "control characters and a zero byte": [("a\0b", "line\r\nline\t\0")],
    "text from right to left": [("\u05e9\u05dd", "\u0641\u0627\u0637\u0645\u0629")],
    "a value of 70,000 bytes": [("notes", "0123456789" * 7_000)],
    "300 fields": [(f"field {number}", str(number)) for number in range(300)],
}

DUPLICATES: dict[str, Fields] = {
    "the same name twice": [("plan", "pro"), ("plan", "free")],
    "the same name and value twice": [("plan", "pro"), ("plan", "pro")],
    "the same name, not next to each other": [("plan", "pro"), ("seats", "5"), ("plan", "pro")],
    "the empty name twice": [("", "1"), ("", "2")],
    "the same name after NFC": [("caf\u00e9", "1"), ("cafe\u0301", "2")],
    "the same name after NFC, both of them changed": [("\u212b", "1"), ("A\u030a", "2")],
    "the same name after marks change their order": [("q\u0307\u0323", "1"), ("q\u0323\u0307", "2")],
}


def embedded_data_cases() -> list[Vector]:
    def case(name: str, fields: Fields, distribution: bytes, serial: int, salt: bytes) -> Vector:
        data_hash = embedded_data_hash(fields, distribution, serial, salt)
        return data(name, fields, distribution, serial, salt) | {"hash": data_hash.hex()}

    def refused(name: str, fields: Fields) -> Vector:
        return data(f"refused, {name}", fields, DISTRIBUTION, 1, b"") | {"error": "duplicate_name"}

    def data(name: str, fields: Fields, distribution: bytes, serial: int, salt: bytes) -> Vector:
        return {
            "name": name,
            "fields": fields,
            "distribution": distribution.hex(),
            "serial": serial,
            "salt": salt.hex(),
        }

    two = FIELDS["two fields"]
    return [
        *(case(f"in the link, {name}", fields, DISTRIBUTION, 1, b"") for name, fields in FIELDS.items()),
        *(case(f"sealed, {name}", fields, DISTRIBUTION, 1, SALT) for name, fields in list(FIELDS.items())[:3]),
        case("serial 0", two, DISTRIBUTION, 0, b""),
        case("serial 2^32 - 1", two, DISTRIBUTION, 0xFFFF_FFFF, b""),
        case("the last distribution", two, b"\xff" * 8, 1, b""),
        case("another salt", two, DISTRIBUTION, 1, SALT[::-1]),
        case("a salt of zeros", two, DISTRIBUTION, 1, bytes(32)),
        *(refused(name, fields) for name, fields in DUPLICATES.items()),
    ]


CURRENT, NEXT, UNKNOWN = (seed(f"session key, {name}") for name in ("current", "next", "unknown"))


def same_hint_as(key: bytes) -> bytes:
    candidates = (seed(f"session key, hint {number}") for number in range(100_000))
    return next(candidate for candidate in candidates if session_key_hint(candidate) == session_key_hint(key))


def session_key(name: str, key: bytes) -> Vector:
    return {"name": name, "key": key.hex(), "hint": session_key_hint(key).hex()}


def valid_receipt(name: str, key_name: str, key: bytes, receipt: Receipt) -> Vector:
    return {
        "name": name,
        "receipt": issue_receipt(receipt, key),
        "key": key_name,
        "distribution": receipt.distribution.hex(),
        "serial": receipt.serial,
        "started": receipt.started,
        "epoch": receipt.epoch,
    }


def invalid_receipts() -> list[Vector]:
    body = RECEIPT.pack(0x4B, session_key_hint(CURRENT), DISTRIBUTION, 1, 1_800_000_000, 2)
    whole = body + receipt_tag(body, CURRENT)
    receipt = encode_text(whole)

    def tagged(changed: bytes) -> bytes:
        return changed + receipt_tag(changed, CURRENT)

    texts = {
        "the empty text": "",
        "three characters cut off": receipt[:-3],
        "padding": receipt + "==",
        "a line feed at the end": receipt + "\n",
        "a space at the start": " " + receipt,
        "a space in the middle": receipt[:20] + " " + receipt[21:],
        "a plus sign": receipt[:20] + "+" + receipt[21:],
        "a slash": receipt[:20] + "/" + receipt[21:],
        "a full-width S": "\uff33" + receipt[1:],
        "a byte more, 50 characters": encode_text(tagged(body) + b"\0"),
    }
    versions = {
        "version 0x4A": tagged(b"\x4a" + body[1:]),
        "version 0x2C": tagged(b"\x2c" + body[1:]),
        "version 0x00 and nothing else": b"\0",
    }
    layouts = {
        "a version and nothing else": b"\x4b",
        "a byte less": whole[:-1],
        "no tag": body,
        "the distribution is zero": tagged(body[:2] + bytes(8) + body[10:]),
    }
    unknown_body = body[:1] + session_key_hint(UNKNOWN) + body[2:]
    unknown_keys = {
        "a key that is not in the file": unknown_body + receipt_tag(unknown_body, UNKNOWN),
        "a flipped bit in the hint": flipped(whole, 1),
    }
    next_body = body[:1] + session_key_hint(NEXT) + body[2:]
    tags = {
        "a flipped bit in the distribution": flipped(whole, 2),
        "a flipped bit in the serial": flipped(whole, 13),
        "a flipped bit in the time": flipped(whole, 17),
        "a flipped bit in the epoch": flipped(whole, 19),
        "a flipped bit in the tag's first byte": flipped(whole, 20),
        "a flipped bit in the tag's last byte": flipped(whole, 35),
        "a tag of zeros": body + bytes(16),
        "the tag of the other key": body + receipt_tag(body, NEXT),
        "the hint of the other key": tagged(next_body),
        "a tag without the prefix": body + hmac.digest(CURRENT, body, "sha256")[:16],
        "the last 16 bytes of the HMAC": body + hmac.digest(CURRENT, SESSION_PREFIX + body, "sha256")[16:],
    }
    groups = {
        "text_invalid": texts,
        "version_unknown": {name: encode_text(data) for name, data in versions.items()},
        "layout_invalid": {name: encode_text(data) for name, data in layouts.items()},
        "session_key_unknown": {name: encode_text(data) for name, data in unknown_keys.items()},
        "session_invalid": {name: encode_text(data) for name, data in tags.items()},
    }
    return [
        {"name": name, "receipt": receipt_text, "error": error}
        for error, cases in groups.items()
        for name, receipt_text in cases.items()
    ]


def session_vectors() -> Vector:
    last = Receipt(b"\xff" * 8, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF)
    usual = Receipt(DISTRIBUTION, 1, 1_800_000_000, 2)
    shared = same_hint_as(CURRENT)
    return {
        "keys": [session_key("current", CURRENT), session_key("next", NEXT)],
        "valid": [
            valid_receipt("the current key", "current", CURRENT, usual),
            valid_receipt("the next key", "next", NEXT, usual),
            valid_receipt("serial 0, started 0", "current", CURRENT, Receipt(b"\0" * 7 + b"\x01", 0, 0, 0)),
            valid_receipt("every number at its largest", "next", NEXT, last),
        ],
        "invalid": invalid_receipts(),
        "sharedHint": {
            "keys": [session_key("current", CURRENT), session_key("shares its hint", shared)],
            "valid": [
                valid_receipt("the first key of a shared hint", "current", CURRENT, usual),
                valid_receipt("the second key of a shared hint", "shares its hint", shared, usual),
            ],
        },
    }
