"""linkseal's token format, written from TokenFormat.md alone: tokens, embedded-data hashes, session receipts.

A second implementation, for tests. It needs the standard library and `cryptography` (38 or later).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Fields = Iterable[tuple[str, str]]

LINK_PREFIX = b"linkseal link v1\0"
DATA_PREFIX = b"linkseal data v1\0"
SESSION_PREFIX = b"linkseal session v1\0"

VERSION_WITHOUT_HASH = 0x2C
VERSION_WITH_HASH = 0x2D
RECEIPT_VERSION = 0x4B

HEADER = struct.Struct(">B4s8sIHI")
RECEIPT = struct.Struct(">Bs8sIIH")
HASH_SIZE = 16
CONTACT_ID_MAX_SIZE = 64
SIGNATURE_SIZE = 64
TAG_SIZE = 16
TOKEN_MAX_CHARACTERS = 223
RECEIPT_CHARACTERS = 48
DEFAULT_LEEWAY = 60

# The order of P-256's group (SP 800-186 §3.2.1.3).
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Refused(Exception):
    """A token, receipt or set of fields was refused; `code` is the specification's name for the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_text(text: str, max_characters: int) -> bytes:
    if len(text) > max_characters or not re.fullmatch("[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        raise Refused("text_invalid")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Python's decoder drops the unused bits, whatever they are.
    if encode_text(data) != text:
        raise Refused("text_invalid")
    return data


def contact_id_is_valid(contact_id: bytes) -> bool:
    try:
        characters = contact_id.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return 1 <= len(contact_id) <= CONTACT_ID_MAX_SIZE and all(unicodedata.category(c) != "Cc" for c in characters)


@dataclass(frozen=True)
class Claims:
    key_id: bytes
    distribution: bytes
    serial: int
    epoch: int
    expiry: int
    contact_id: str
    embedded_data_hash: bytes | None = None

    @property
    def version(self) -> int:
        return VERSION_WITHOUT_HASH if self.embedded_data_hash is None else VERSION_WITH_HASH

    def encode(self) -> bytes:
        """The bytes of the token before its signature."""
        contact_id = self.contact_id.encode("utf-8")
        if not contact_id_is_valid(contact_id) or not any(self.distribution):
            raise ValueError("the claims have no token")
        header = HEADER.pack(self.version, self.key_id, self.distribution, self.serial, self.epoch, self.expiry)
        unfilled = header + (self.embedded_data_hash or b"") + contact_id
        needs_filler = (len(unfilled) + SIGNATURE_SIZE) % 3 == 0
        return unfilled + b"\0" * needs_filler


@dataclass(frozen=True)
class Token:
    claims: Claims
    payload: bytes
    signature: bytes


def parse(text: str) -> Token:
    data = decode_text(text, TOKEN_MAX_CHARACTERS)
    version = data[0]
    if version not in (VERSION_WITHOUT_HASH, VERSION_WITH_HASH):
        raise Refused("version_unknown")

    contact_id_start = HEADER.size + (HASH_SIZE if version == VERSION_WITH_HASH else 0)
    payload, signature = data[:-SIGNATURE_SIZE], data[-SIGNATURE_SIZE:]
    if len(data) <= contact_id_start + SIGNATURE_SIZE or len(data) % 3 == 0:
        raise Refused("layout_invalid")

    _, key_id, distribution, serial, epoch, expiry = HEADER.unpack_from(payload)
    contact_id = payload[contact_id_start:]
    if len(data) % 3 == 1 and contact_id.endswith(b"\0"):
        contact_id = contact_id[:-1]
    if not any(distribution) or not contact_id_is_valid(contact_id):
        raise Refused("layout_invalid")

    embedded_data_hash = payload[HEADER.size : contact_id_start] or None
    claims = Claims(key_id, distribution, serial, epoch, expiry, contact_id.decode("utf-8"), embedded_data_hash)
    return Token(claims, payload, signature)


def key_id(key: PublicKey) -> bytes:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()[:4]


def mint(claims: Claims, key: PrivateKey) -> str:
    payload = claims.encode()
    message = LINK_PREFIX + payload
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return encode_text(payload + key.sign(message))
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return encode_text(payload + encode_ecdsa(r, min(s, P256_ORDER - s)))


def encode_ecdsa(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature_is_valid(token: Token, key: PublicKey) -> bool:
    message = LINK_PREFIX + token.payload
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(token.signature, message)
            return True
        r, s = int.from_bytes(token.signature[:32], "big"), int.from_bytes(token.signature[32:], "big")
        if s > P256_ORDER // 2:
            return False
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


@dataclass(frozen=True)
class TrustedKey:
    public_key: PublicKey
    state: str


@dataclass(frozen=True)
class LinkChange:
    epoch: int = 0
    expiry: int | None = None


@dataclass(frozen=True)
class Distribution:
    epoch: int = 0
    revoked_serials: frozenset[int] = frozenset()
    expiry: int | None = None
    links: Mapping[int, LinkChange] = field(default_factory=dict)

    def expiry_of(self, serial: int) -> int | None:
        own = self.links.get(serial, LinkChange()).expiry
        return self.expiry if own is None else own


@dataclass(frozen=True)
class Trust:
    keys: Mapping[bytes, TrustedKey]
    distributions: Mapping[bytes, Distribution] = field(default_factory=dict)


def verify(
    text: str,
    trust: Trust,
    now: int,
    fields: Fields | None = None,
    salt: bytes = b"",
    leeway: int = DEFAULT_LEEWAY,
) -> Claims:
    """Makes every check of a token that is to open its link."""
    claims, distribution = authenticate(text, trust, refused_states={"retired", "revoked"})
    changed = distribution.expiry_of(claims.serial)
    if now >= (claims.expiry + leeway if changed is None else changed):
        raise Refused("link_expired")
    if fields is not None and not embedded_data_matches(claims, list(fields), salt):
        raise Refused("embedded_data_mismatch")
    return claims


def verify_report(text: str, trust: Trust) -> Claims:
    """Makes every check of a token that reports a finished survey."""
    return authenticate(text, trust, refused_states={"revoked"})[0]


def authenticate(text: str, trust: Trust, refused_states: set[str]) -> tuple[Claims, Distribution]:
    token = parse(text)
    claims = token.claims
    key = trust.keys.get(claims.key_id)
    if key is None:
        raise Refused("key_unknown")
    if key.state in refused_states:
        raise Refused("key_not_verifying")
    if not signature_is_valid(token, key.public_key):
        raise Refused("signature_invalid")
    distribution = trust.distributions.get(claims.distribution, Distribution())
    if claims.epoch < distribution.epoch:
        raise Refused("link_deleted")
    oldest = distribution.links.get(claims.serial, LinkChange()).epoch
    if claims.serial in distribution.revoked_serials or claims.epoch < oldest:
        raise Refused("link_revoked")
    return claims, distribution


def embedded_data_matches(claims: Claims, fields: Sequence[tuple[str, str]], salt: bytes) -> bool:
    if claims.embedded_data_hash is None:
        return not fields
    try:
        return claims.embedded_data_hash == embedded_data_hash(fields, claims.distribution, claims.serial, salt)
    except Refused:
        return False


def embedded_data_hash(fields: Fields, distribution: bytes, serial: int, salt: bytes) -> bytes:
    normalized: dict[bytes, bytes] = {}
    for name, value in fields:
        name_bytes, value_bytes = (unicodedata.normalize("NFC", part).encode("utf-8") for part in (name, value))
        if name_bytes in normalized:
            raise Refused("duplicate_name")
        normalized[name_bytes] = value_bytes
    message = DATA_PREFIX + distribution + struct.pack(">I", serial) + salt
    for name_bytes in sorted(normalized):
        for part in (name_bytes, normalized[name_bytes]):
            message += struct.pack(">I", len(part)) + part
    return hashlib.sha256(message).digest()[:HASH_SIZE]


@dataclass(frozen=True)
class Receipt:
    distribution: bytes
    serial: int
    started: int
    epoch: int


def session_key_hint(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:1]


def receipt_tag(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, SESSION_PREFIX + body, hashlib.sha256).digest()[:TAG_SIZE]


def issue_receipt(receipt: Receipt, key: bytes) -> str:
    hint = session_key_hint(key)
    body = RECEIPT.pack(
        RECEIPT_VERSION, hint, receipt.distribution, receipt.serial, receipt.started, receipt.epoch
    )
    return encode_text(body + receipt_tag(body, key))


def verify_receipt(text: str, keys: Iterable[bytes]) -> Receipt:
    data = decode_text(text, RECEIPT_CHARACTERS)
    if data[0] != RECEIPT_VERSION:
        raise Refused("version_unknown")
    if len(data) != RECEIPT.size + TAG_SIZE:
        raise Refused("layout_invalid")
    body, tag = data[: RECEIPT.size], data[RECEIPT.size :]
    _, hint, distribution, serial, started, epoch = RECEIPT.unpack(body)
    if not any(distribution):
        raise Refused("layout_invalid")
    hinted = [key for key in keys if session_key_hint(key) == hint]
    if not hinted:
        raise Refused("session_key_unknown")
    if not any(hmac.compare_digest(receipt_tag(body, key), tag) for key in hinted):
        raise Refused("session_invalid")
    return Receipt(distribution, serial, started, epoch)
