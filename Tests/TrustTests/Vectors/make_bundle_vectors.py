#!/usr/bin/env python3
"""Writes bundle-vectors.json, the same at every run: make_bundle_vectors.py [--check]

An implementation of BundleFormat.md of its own. With --check nothing is written, but the file is compared with what
would be. Exit status: 0 all is as it should be, 1 it is not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "Interoperability"))

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from vector_keys import ED25519, ED25519_PENDING, ED25519_RETIRED, ED25519_REVOKED, P256, VectorKey  # noqa: E402

Document = dict[str, Any]

COMMENT = (
    "TEST VECTORS ONLY. Every key in this file is derived from a public string by make_bundle_vectors.py, which writes "
    "this file: never trust one of them anywhere else."
)
ROOT = VectorKey("root", "Ed25519", "root")
P256_ROOT = VectorKey("root on P-256", "P-256", "root")
NEXT_ROOT = VectorKey("next root", "Ed25519", "root")
PREFIX = b"linkseal bundle v1\0"
# Table 5 of K. Chalkias, F. Garillot, V. Nikolaenko, "Taming the many EdDSAs", 2020, and RFC 8032 5.1.3.
UNSAFE_POINTS = {
    "the neutral element": bytes.fromhex("01" + "00" * 31),
    "of order 2": bytes.fromhex("ec" + "ff" * 30 + "7f"),
    "of order 4": bytes(32),
    "of order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "y = p + 1": bytes.fromhex("ee" + "ff" * 30 + "7f"),
    "y = 2^255 - 1": bytes.fromhex("ff" * 31 + "7f"),
}


def pem(key: VectorKey) -> str:
    return key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def pem_of(der: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def ed25519_entry(point: bytes) -> Document:
    der = bytes.fromhex("302a300506032b6570032100") + point
    key_id = hashlib.sha256(der).digest()[:4].hex()
    return {"id": key_id, "algorithm": "Ed25519", "state": "signing", "publicKey": pem_of(der)}


def hybrid_entry() -> Document:
    der = bytearray(P256.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    # The form of SEC 1 2.3.3 that has both coordinates and the sign of y.
    der[26] = 6 | der[-1] & 1
    key_id = hashlib.sha256(der).digest()[:4].hex()
    return {"id": key_id, "algorithm": "P-256", "state": "signing", "publicKey": pem_of(bytes(der))}


def key_entry(key: VectorKey) -> Document:
    return {"id": key.key_id.hex(), "algorithm": key.algorithm, "state": key.state, "publicKey": pem(key)}


def document() -> Document:
    return {
        "format": 1,
        "sequence": 7,
        "issuedAt": 1_800_000_000,
        "nextUpdate": 1_802_592_000,
        "keys": [key_entry(key) for key in (ED25519, ED25519_PENDING, P256, ED25519_RETIRED, ED25519_REVOKED)],
        "distributions": [
            {
                "id": "00000000000000a1",
                "name": "Customers, spring",
                "surveyURL": "https://survey.example/s?c={contact_id}&r={session}",
                "lastExpiry": 1_803_000_000,
                "resumeSeconds": 604_800,
            },
            {
                "id": "ffffffffffffffff",
                "name": "Käufer \U0001f4ec \"2\"",
                "surveyURL": "https://survey.example/{serial}?region={region}",
                "lastExpiry": 4_294_967_295,
                "resumeSeconds": None,
                "epoch": 65_535,
                "expiry": 1_802_000_000,
                "revokedSerials": [0, 17, 4_294_967_295],
                "links": [
                    {"serial": 0, "epoch": 1},
                    {"serial": 18, "expiry": 1_803_000_000, "reopenedAt": 1_801_000_000},
                    {"serial": 4_294_967_295, "epoch": 65_535, "expiry": 0, "reopenedAt": 4_294_967_295},
                ],
                "inLinkFields": ["region", "größe"],
            },
            {
                "id": "00000000000000a2",
                "name": "",
                "surveyURL": "http://localhost:8080",
                "lastExpiry": 0,
                "resumeSeconds": 0,
            },
        ],
    }


def compact(value: Document) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text_of(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def signed(body: bytes, root: VectorKey = ROOT, prefix: bytes = PREFIX) -> bytes:
    header = f"linkseal-bundle {root.key_id.hex()} {text_of(root.sign(prefix + body))}\n"
    return header.encode() + body


def expectation(value: Document, root: VectorKey) -> Document:
    return {
        "root": root.key_id.hex(),
        "sequence": value["sequence"],
        "issuedAt": value["issuedAt"],
        "nextUpdate": value["nextUpdate"],
        "nextRoot": NEXT_ROOT.key_id.hex() if "nextRoot" in value else None,
        "keys": [[entry["id"], entry["state"]] for entry in value["keys"]],
        "distributions": [
            {"epoch": 0, "expiry": None, "revokedSerials": [], "links": [], "inLinkFields": []}
            | {name: entry[name] for name in DISTRIBUTION_MEMBERS if name in entry}
            for entry in value["distributions"]
        ],
    }


DISTRIBUTION_MEMBERS = [
    "id", "name", "surveyURL", "lastExpiry", "resumeSeconds", "epoch", "expiry", "revokedSerials", "links",
    "inLinkFields",
]  # fmt: skip


def valid() -> list[Document]:
    cases: list[Document] = []

    def case(name: str, value: Document, body: bytes | None = None, root: VectorKey = ROOT) -> None:
        file = signed(compact(value) if body is None else body, root)
        cases.append({"name": name, "bundle": file.decode(), "expected": expectation(value, root)})

    case("every member", document())
    case("signed by a root key on P-256", document(), root=P256_ROOT)
    case("introduces the next root key", document() | {"nextRoot": pem(NEXT_ROOT)})
    case("no keys and no distributions", document() | {"keys": [], "distributions": []})
    case("the largest sequence", document() | {"sequence": 2**53 - 1})
    case("white space and escapes", document(), json.dumps(document(), indent="\t").encode() + b" \r\n\t")
    case("members in another order", document(), compact(dict(reversed(document().items()))))
    unknown = document() | {"later": {"a": [1, -2.5e3, True, None, {"b": "{\"]"}]}}
    unknown["keys"][0]["later"] = [[]]
    unknown["distributions"][0]["later"] = False
    unknown["distributions"][1]["links"][0]["later"] = "x"
    case("unknown members are ignored", unknown)
    return cases


def invalid() -> list[Document]:
    cases: list[Document] = []

    def raw(name: str, error: str, file: bytes) -> None:
        try:
            cases.append({"name": name, "error": error, "bundle": file.decode()})
        except UnicodeDecodeError:
            cases.append({"name": name, "error": error, "bundleBase64": base64.b64encode(file).decode()})

    def body(name: str, text: bytes, error: str = "bundle_malformed") -> None:
        raw(name, error, signed(text))

    def edit(name: str, change: Callable[[Document], Any], error: str = "bundle_malformed") -> None:
        value = document()
        change(value)
        body(name, compact(value), error)

    good = compact(document())
    file = signed(good)
    header, _, _ = file.partition(b"\n")
    name, root, signature = header.split(b" ")

    # The header.
    raw("empty", "bundle_malformed", b"")
    raw("a header alone", "bundle_malformed", header)
    raw("no header", "bundle_malformed", good)
    raw("a link token", "bundle_malformed", b"LITA" + b"x" * 150)
    raw("another name", "bundle_malformed", file.replace(b"linkseal-bundle", b"linkseal-bundl3", 1))
    raw("two spaces", "bundle_malformed", b"%s  %s %s\n%s" % (name, root, signature, good))
    raw("a carriage return", "bundle_malformed", header + b"\r\n" + good)
    raw("a byte order mark", "bundle_malformed", b"\xef\xbb\xbf" + file)
    raw("a fourth word", "bundle_malformed", header + b" x\n" + good)
    raw("the root's ID in upper case", "bundle_malformed", b"%s %s %s\n%s" % (name, root.upper(), signature, good))
    raw("a padded signature", "bundle_malformed", header + b"==\n" + good)
    raw("a signature cut short", "bundle_malformed", header[:-1] + b"\n" + good)
    last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = last[last.index(signature[-1:]) | 1 : (last.index(signature[-1:]) | 1) + 1]
    raw("unused bits of the signature set", "bundle_malformed", header[:-1] + changed + b"\n" + good)

    # Who signed what.
    raw("signed by another root", "bundle_root_wrong", signed(good, NEXT_ROOT))
    raw("signed by a signing key", "bundle_root_wrong", signed(good, ED25519))
    forged = f"linkseal-bundle {ROOT.key_id.hex()} {text_of(ED25519.sign(PREFIX + good))}\n".encode() + good
    raw("signed by a signing key under the root's name", "bundle_signature_invalid", forged)
    raw("signed as a link", "bundle_signature_invalid", signed(good, prefix=b"linkseal link v1\0"))
    raw("signed without a prefix", "bundle_signature_invalid", signed(good, prefix=b""))
    raw("a changed document", "bundle_signature_invalid", file.replace(b'"sequence":7', b'"sequence":8'))
    raw("cut short", "bundle_signature_invalid", file[:-1])
    raw("a line break more", "bundle_signature_invalid", file + b"\n")
    raw("an unsigned future format", "bundle_signature_invalid", file.replace(b'"format":1', b'"format":2'))

    # The format.
    edit("a future format", lambda d: d.update(format=2), "bundle_format_unknown")
    body("a future format of another shape", b'{"format":2,"keys":{},oh', "bundle_format_unknown")
    edit("format zero", lambda d: d.update(format=0), "bundle_format_unknown")
    edit("a format in words", lambda d: d.update(format="1"))
    edit("no format", lambda d: d.pop("format"))

    # The JSON.
    body("no document", b"")
    body("an array", b"[]")
    body("something behind the document", good + b"{}")
    body("a document cut short and signed", good[:-1])
    body("a comma too many", good[:-1] + b",}")
    body("a member twice", good[:-1] + b',"sequence":7}')
    body("a member twice, once escaped", good[:-1] + b',"sequenc\\u0065":9}')
    body("an unknown value nested too deep", good[:-1] + b',"later":' + b"[" * 40 + b"]" * 40 + b"}")
    body("an unknown member with a name twice in it", good[:-1] + b',"later":{"a":{"b":1,"b":1}}}')
    for number in (b"01", b"-", b"+1", b"1.", b".5", b"1e", b"0x1", b"NaN"):
        body(f"an unknown number that is none: {number.decode()}", good[:-1] + b',"later":' + number + b"}")
    body("a string that is not UTF-8", good.replace(b"Customers", b"Cust\xffmers"))
    body("an overlong encoding", good.replace(b"Customers", b"Cust\xc0\xafmers"))
    body("half a surrogate pair", good.replace(b"Customers", b"Cust\\ud83dmers"))
    body("a raw control character", good.replace(b"Customers", b"Cust\nmers"))
    body("an unknown escape", good.replace(b"Customers", b"Cust\\xmers"))
    body("single quotes", good.replace(b'"keys"', b"'keys'"))

    # The members.
    for member in ("sequence", "issuedAt", "nextUpdate", "keys", "distributions"):
        edit(f"no {member}", lambda d, member=member: d.pop(member))
    edit("sequence zero", lambda d: d.update(sequence=0))
    edit("a sequence beyond 2^53 - 1", lambda d: d.update(sequence=2**53))
    edit("a sequence beyond 64 bits", lambda d: d.update(sequence=2**64))
    edit("a negative sequence", lambda d: d.update(sequence=-1))
    edit("a sequence with a fraction", lambda d: d.update(sequence=7.0))
    body("a sequence with an exponent", good.replace(b'"sequence":7', b'"sequence":7e0'))
    body("a sequence with a leading zero", good.replace(b'"sequence":7', b'"sequence":07'))
    edit("a sequence in words", lambda d: d.update(sequence="7"))
    edit("no sequence but null", lambda d: d.update(sequence=None))
    edit("a time beyond 32 bits", lambda d: d.update(nextUpdate=2**32))
    edit("due when it was issued", lambda d: d.update(nextUpdate=d["issuedAt"]))
    edit("a next root that is no key", lambda d: d.update(nextRoot="key"))
    edit("a next root of null", lambda d: d.update(nextRoot=None))

    # The keys.
    edit("a key twice", lambda d: d["keys"].append(d["keys"][0]))
    edit("a key twice in two states", lambda d: d["keys"].append(d["keys"][0] | {"state": "revoked"}))
    edit("a key under another's ID", lambda d: d["keys"][0].update(id=d["keys"][1]["id"]))
    edit("a key's ID in upper case", lambda d: d["keys"][1].update(id=d["keys"][1]["id"].upper()))
    edit("a key of another algorithm", lambda d: d["keys"][0].update(algorithm="P-256"))
    edit("an unknown algorithm", lambda d: d["keys"][0].update(algorithm="RSA"))
    edit("an unknown state", lambda d: d["keys"][0].update(state="trusted"))
    edit("a key that is none", lambda d: d["keys"][0].update(publicKey=d["keys"][0]["publicKey"][:60]))
    for name, point in UNSAFE_POINTS.items():
        edit(f"an Ed25519 key: {name}", lambda d, point=point: d["keys"].append(ed25519_entry(point)))
    neutral = ed25519_entry(UNSAFE_POINTS["the neutral element"])
    edit("a next root of small order", lambda d: d.update(nextRoot=neutral["publicKey"]))
    edit("a P-256 key with a hybrid point", lambda d: d["keys"].append(hybrid_entry()))
    for member in ("id", "algorithm", "state", "publicKey"):
        edit(f"a key without {member}", lambda d, member=member: d["keys"][0].pop(member))

    # The distributions.
    def first(**members: Any) -> Callable[[Document], Any]:
        return lambda d: d["distributions"][0].update(members)

    edit("a distribution twice", lambda d: d["distributions"].append(d["distributions"][0]))
    edit("a distribution twice, with a lower epoch", lambda d: d["distributions"].append(
        d["distributions"][1] | {"epoch": 0}))  # fmt: skip
    edit("distribution zero", first(id="0" * 16))
    edit("a distribution's ID in upper case", first(id="00000000000000A1"))
    edit("a distribution's ID of 15 digits", first(id="0000000000000a1"))
    edit("a distribution's ID with a sign", first(id="+0000000000000a1"))
    for member in ("id", "name", "surveyURL", "lastExpiry", "resumeSeconds"):
        edit(f"a distribution without {member}", lambda d, member=member: d["distributions"][0].pop(member))
    edit("an epoch beyond 16 bits", first(epoch=65_536))
    edit("a serial beyond 32 bits", first(revokedSerials=[2**32]))
    edit("a serial twice", first(revokedSerials=[3, 3]))
    edit("an expiry of null", first(expiry=None))
    edit("links that are no array", first(links={"serial": 3, "expiry": 0}))
    edit("a changed link that is a number", first(links=[3]))
    edit("a changed link without a serial", first(links=[{"expiry": 0}]))
    edit("a changed link twice", first(links=[{"serial": 3, "expiry": 0}, {"serial": 3, "epoch": 1}]))
    edit("a changed link of a serial beyond 32 bits", first(links=[{"serial": 2**32, "expiry": 0}]))
    edit("a link's epoch beyond 16 bits", first(links=[{"serial": 3, "epoch": 65_536}]))
    edit("a link's expiry beyond 32 bits", first(links=[{"serial": 3, "expiry": 2**32}]))
    edit("a link's reopening in words", first(links=[{"serial": 3, "reopenedAt": "now"}]))
    edit("a link's reopening of null", first(links=[{"serial": 3, "reopenedAt": None}]))
    edit("a field in the link twice", first(inLinkFields=["a", "a"]))
    edit("a name of 1,025 bytes", first(name="n" * 1025))
    edit("a survey URL of 8,193 bytes", first(surveyURL="https://survey.example/" + "s" * 8170))
    edit("65 fields in the link", first(inLinkFields=[str(number) for number in range(65)]))
    edit("a survey URL of no web page", first(surveyURL="javascript:alert(1)"))
    edit("a survey URL whose host is a field", first(surveyURL="https://{contact_id}.example/"))
    edit("a survey URL whose host goes on with a field", first(surveyURL="https://survey.example{serial}"))
    edit("a survey URL with a user name", first(surveyURL="https://survey.example@evil.example/"))
    edit("a survey URL with a backslash", first(surveyURL="https://evil.example\\.survey.example/"))
    edit("a survey URL with an unknown field", first(surveyURL="https://survey.example/{region}"))
    edit("a survey URL with a space", first(surveyURL="https://survey.example/a b"))
    edit("a survey URL with a line break", first(surveyURL="https://survey.example/\r\nX: y"))
    return cases


def main(arguments: list[str]) -> int:
    vectors = {
        "comment": COMMENT,
        "roots": [pem(ROOT), pem(P256_ROOT)],
        "nextRoot": pem(NEXT_ROOT),
        "valid": valid(),
        "invalid": invalid(),
    }
    text = json.dumps(vectors, ensure_ascii=False, indent=2) + "\n"
    path = HERE / "bundle-vectors.json"
    if arguments == ["--check"]:
        same = path.read_text() == text
        print("bundle-vectors.json is as it should be" if same else "bundle-vectors.json is out of date")
        return 0 if same else 1
    path.write_text(text)
    print(f"{len(vectors['valid'])} valid and {len(vectors['invalid'])} invalid bundles")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
