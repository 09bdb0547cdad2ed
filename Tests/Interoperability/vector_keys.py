"""The keys of the test vectors. They are derived from public strings, so they protect nothing: never trust them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import linkseal_token
from linkseal_token import P256_ORDER, PrivateKey, PublicKey

COMMENT = (
    "TEST VECTORS ONLY. Every key and salt in this file is derived from a public string by "
    "Tests/Interoperability/make_vectors.py, which writes this file: never trust one of them anywhere else."
)


def seed(name: str) -> bytes:
    return hashlib.sha256(f"linkseal test vector, never use: {name}".encode()).digest()


@dataclass(frozen=True)
class VectorKey:
    name: str
    algorithm: str
    state: str

    @property
    def private_key(self) -> PrivateKey:
        if self.algorithm == "Ed25519":
            return ed25519.Ed25519PrivateKey.from_private_bytes(seed(self.name))
        return ec.derive_private_key(int.from_bytes(seed(self.name), "big") % (P256_ORDER - 1) + 1, ec.SECP256R1())

    @property
    def public_key(self) -> PublicKey:
        return self.private_key.public_key()

    @property
    def key_id(self) -> bytes:
        return linkseal_token.key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        private_key = self.private_key
        if isinstance(private_key, ed25519.Ed25519PrivateKey):
            return private_key.sign(message)
        r, s = sign_deterministically(private_key, message)
        return linkseal_token.encode_ecdsa(r, min(s, P256_ORDER - s))

    def as_json(self) -> dict[str, str]:
        private_pem = self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public_pem = self.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {
            "name": self.name,
            "algorithm": self.algorithm,
            "privateKeyPEM": private_pem.decode("ascii"),
            "publicKeyPEM": public_pem.decode("ascii"),
            "keyID": self.key_id.hex(),
            "state": self.state,
        }


def sign_deterministically(key: ec.EllipticCurvePrivateKey, message: bytes) -> tuple[int, int]:
    """ECDSA on P-256 with SHA-256 and the nonce of RFC 6979 §3.2; older versions of `cryptography` lack it."""
    private_value = key.private_numbers().private_value
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    material = private_value.to_bytes(32, "big") + (digest % P256_ORDER).to_bytes(32, "big")

    def mac(mac_key: bytes, data: bytes) -> bytes:
        return hmac.new(mac_key, data, hashlib.sha256).digest()

    k, v = b"\0" * 32, b"\1" * 32
    for separator in (b"\0", b"\1"):
        k = mac(k, v + separator + material)
        v = mac(k, v)
    while True:
        v = mac(k, v)
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < P256_ORDER:
            r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % P256_ORDER
            s = pow(nonce, -1, P256_ORDER) * (digest + r * private_value) % P256_ORDER
            if r and s:
                return r, s
        k = mac(k, v + b"\0")
        v = mac(k, v)


ED25519 = VectorKey("Ed25519, signing", "Ed25519", "signing")
ED25519_PENDING = VectorKey("Ed25519, pending", "Ed25519", "pending")
ED25519_VERIFYING = VectorKey("Ed25519, verifying", "Ed25519", "verifying")
ED25519_RETIRED = VectorKey("Ed25519, retired", "Ed25519", "retired")
ED25519_REVOKED = VectorKey("Ed25519, revoked", "Ed25519", "revoked")
P256 = VectorKey("P-256, verifying", "P-256", "verifying")
P256_PENDING = VectorKey("P-256, pending", "P-256", "pending")
P256_RETIRED = VectorKey("P-256, retired", "P-256", "retired")
P256_REVOKED = VectorKey("P-256, revoked", "P-256", "revoked")

# A keyring has one signing key, so P-256 is represented by a verifying one.
TRUSTED = [
    ED25519,
    ED25519_PENDING,
    ED25519_VERIFYING,
    ED25519_RETIRED,
    ED25519_REVOKED,
    P256,
    P256_PENDING,
    P256_RETIRED,
    P256_REVOKED,
]

ED25519_UNKNOWN = VectorKey("Ed25519, not in the file", "Ed25519", "signing")
P256_UNKNOWN = VectorKey("P-256, not in the file", "P-256", "signing")
