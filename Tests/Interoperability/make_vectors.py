#!/usr/bin/env python3
"""Writes the vectors of LinkTokenTests, the same at every run: make_vectors.py [--check]

With --check nothing is written: the files are verified as they are, and compared with what would be written.
Exit status: 0 all is as it should be, 1 it is not, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

import invalid_signatures
import invalid_tokens
import linkseal_token
import other_vectors
import valid_tokens
from linkseal_token import Distribution, LinkChange, Receipt, Refused, Trust, TrustedKey
from vector_keys import COMMENT, TRUSTED
from vector_tokens import TRUST

Document = dict[str, Any]

FOLDER = Path(__file__).resolve().parent.parent / "LinkTokenTests" / "Vectors"
CODES = {
    "text_invalid",
    "version_unknown",
    "layout_invalid",
    "key_unknown",
    "key_not_verifying",
    "signature_invalid",
    "link_deleted",
    "link_revoked",
    "link_expired",
    "embedded_data_mismatch",
}


def token_vectors() -> Document:
    return {
        "comment": COMMENT,
        "keys": [key.as_json() for key in TRUSTED],
        "trust": TRUST,
        "valid": valid_tokens.vectors(),
        "invalid": invalid_tokens.vectors() + invalid_signatures.vectors(),
    }


def embedded_data_vectors() -> Document:
    return {"comment": COMMENT, "cases": other_vectors.embedded_data_cases()}


def session_vectors() -> Document:
    return {"comment": COMMENT, **other_vectors.session_vectors()}


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns, or the code of its refusal."""
    try:
        return function(*arguments)
    except Refused as refusal:
        return refusal.code


def check_tokens(document: Document) -> Iterator[str]:
    keys = {}
    private_keys = {}
    for entry in document["keys"]:
        public_key: Any = load_pem_public_key(entry["publicKeyPEM"].encode())
        private_key: Any = load_pem_private_key(entry["privateKeyPEM"].encode(), None)
        key_id = linkseal_token.key_id(public_key)
        if key_id.hex() != entry["keyID"] or linkseal_token.key_id(private_key.public_key()) != key_id:
            yield f"key {entry['name']}: not of its ID"
        keys[key_id] = TrustedKey(public_key, entry["state"])
        private_keys[entry["name"]] = private_key
    if len(keys) != len(document["keys"]):
        yield "two keys have the same ID"
    distributions = {
        bytes.fromhex(entry["id"]): Distribution(
            entry["epoch"],
            frozenset(entry["revokedSerials"]),
            entry.get("expiry"),
            {
                link["serial"]: LinkChange(link.get("epoch", 0), link.get("expiry"))
                for link in entry.get("links", [])
            },
        )
        for entry in document["trust"]["distributions"]
    }
    trust = Trust(keys, distributions)

    def verify(vector: Document) -> Any:
        if vector.get("purpose") == "reporting":
            return outcome(linkseal_token.verify_report, vector["token"], trust)
        fields = vector.get("embeddedData")
        salt = bytes.fromhex(vector.get("salt", ""))
        return outcome(linkseal_token.verify, vector["token"], trust, vector["now"], fields, salt)

    for vector in document["valid"]:
        claims = verify(vector)
        if not isinstance(claims, linkseal_token.Claims):
            yield f"{vector['name']}: {claims}"
            continue
        if claims_as_json(claims) != vector["claims"]:
            yield f"{vector['name']}: other claims"
        private_key = private_keys[vector["key"]]
        if linkseal_token.key_id(private_key.public_key()) != claims.key_id:
            yield f"{vector['name']}: another key"
        minted = linkseal_token.mint(claims, private_key)
        is_same = minted == vector["token"]
        if vector["key"].startswith("P-256"):
            is_same = linkseal_token.parse(minted).payload == linkseal_token.parse(vector["token"]).payload
        if not is_same:
            yield f"{vector['name']}: minted otherwise"
    for vector in document["invalid"]:
        if verify(vector) != vector["error"]:
            yield f"{vector['name']}: {verify(vector)}, not {vector['error']}"
    if {vector["error"] for vector in document["invalid"]} != CODES:
        yield "a code has no vector"


def claims_as_json(claims: linkseal_token.Claims) -> Document:
    return {
        "version": claims.version,
        "distribution": claims.distribution.hex(),
        "serial": claims.serial,
        "epoch": claims.epoch,
        "expiry": claims.expiry,
        "embeddedDataHash": claims.embedded_data_hash.hex() if claims.embedded_data_hash is not None else None,
        "contactID": claims.contact_id,
    }


def check_embedded_data(document: Document) -> Iterator[str]:
    for case in document["cases"]:
        distribution, salt = bytes.fromhex(case["distribution"]), bytes.fromhex(case["salt"])
        found = outcome(linkseal_token.embedded_data_hash, case["fields"], distribution, case["serial"], salt)
        if isinstance(found, bytes):
            found = found.hex()
        if found != case.get("error", case.get("hash")):
            yield f"{case['name']}: {found}"


def check_sessions(document: Document) -> Iterator[str]:
    for part in (document, document["sharedHint"]):
        keys = {entry["name"]: bytes.fromhex(entry["key"]) for entry in part["keys"]}
        for vector in part["valid"]:
            receipt = Receipt(bytes.fromhex(vector["distribution"]), vector["serial"], vector["started"], vector["epoch"])
            if outcome(linkseal_token.verify_receipt, vector["receipt"], keys.values()) != receipt:
                yield f"{vector['name']}: refused, or another receipt"
            if linkseal_token.issue_receipt(receipt, keys[vector["key"]]) != vector["receipt"]:
                yield f"{vector['name']}: issued otherwise"
        for vector in part.get("invalid", []):
            found = outcome(linkseal_token.verify_receipt, vector["receipt"], keys.values())
            if found != vector["error"]:
                yield f"{vector['name']}: {found}, not {vector['error']}"


def check_names(document: Document) -> Iterator[str]:
    for section in ("keys", "valid", "invalid", "cases"):
        counts = Counter(entry["name"] for entry in document.get(section, []))
        yield from (f"{name}: a name used twice in {section}" for name, count in counts.items() if count > 1)


FILES: dict[str, tuple[Callable[[], Document], Callable[[Document], Iterator[str]]]] = {
    "token-vectors.json": (token_vectors, check_tokens),
    "embedded-data-vectors.json": (embedded_data_vectors, check_embedded_data),
    "session-vectors.json": (session_vectors, check_sessions),
}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: make_vectors.py [--check]", file=sys.stderr)
        return 2
    failures = []
    for name, (make, check) in FILES.items():
        path = FOLDER / name
        # ASCII alone, so that no editor normalises what must not be.
        made = json.dumps(make(), indent=2, ensure_ascii=True) + "\n"
        if not arguments:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="ascii")
        text = path.read_text(encoding="ascii")
        if text != made:
            failures.append(f"{name}: not what make_vectors.py writes")
        document = json.loads(text)
        failures += [f"{name}: {problem}" for problem in (*check_names(document), *check(document))]
        counts = ", ".join(f"{len(value)} {key}" for key, value in document.items() if isinstance(value, list))
        print(f"{name}: {counts}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
