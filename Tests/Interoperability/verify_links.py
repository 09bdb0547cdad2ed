#!/usr/bin/env python3
"""Verifies the signature of every token on standard input, one a line: verify_links.py PUBLIC_KEY_PEM < tokens

Expiry, epoch and revocation are not looked at. Exit status: 0 all verified, 1 one did not, 2 wrong usage or key.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import linkseal_token
from linkseal_token import PublicKey, Refused


def load_public_key(path: Path) -> PublicKey:
    key = load_pem_public_key(path.read_bytes())
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("the key is neither Ed25519 nor P-256")


def verify(text: str, key: PublicKey, key_id: bytes) -> None:
    token = linkseal_token.parse(text)
    if token.claims.key_id != key_id:
        raise Refused("key_unknown")
    if not linkseal_token.signature_is_valid(token, key):
        raise Refused("signature_invalid")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: verify_links.py PUBLIC_KEY_PEM < tokens", file=sys.stderr)
        return 2
    try:
        key = load_public_key(Path(arguments[0]))
    except (OSError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2

    count = 0
    key_id = linkseal_token.key_id(key)
    for line in sys.stdin.buffer:
        count += 1
        try:
            # Only the line feed is no part of the token; Latin-1 gives every other byte to the strict decoder.
            verify(line.removesuffix(b"\n").decode("latin-1"), key, key_id)
        except Refused as refusal:
            print(f"line {count}: {refusal.code}", file=sys.stderr)
            return 1
    print(f"verified {count} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
