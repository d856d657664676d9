"""The envelope of a statement (DSSE 1.0): its bytes as they were signed, and who signed them.

What is signed is the type and the payload, each with its length before it, so that no bytes can
be moved from one into the other. No canonical JSON is needed: the payload is never written anew.
"""

import base64
import binascii
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from onceproof.conformance.certificate.keys import identify_key
from onceproof.conformance.errors import UsageError

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signature(msgspec.Struct, frozen=True):
    """One signature in base64; `keyid` is a hint which key made it, and proves nothing."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A payload in base64, its media type, and its signatures."""

    payload: str
    payload_type: str
    signatures: list[Signature]


def authenticate(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_payload(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the payload in its envelope as JSON, newline at the end."""
    made = key.sign(authenticate(PAYLOAD_TYPE, payload))
    signature = Signature(base64.b64encode(made).decode(), identify_key(key.public_key()))
    envelope = Envelope(base64.b64encode(payload).decode(), PAYLOAD_TYPE, [signature])
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"


def decode_envelope(content: bytes, name: str) -> tuple[Envelope, bytes]:
    """Return an envelope and its payload; UsageError if `content` is none."""
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
        payload = base64.b64decode(envelope.payload, validate=True)
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError) as error:
        raise UsageError(f"'{name}' is no certificate ({error}): name a certificate.json") from None
    if envelope.payload_type != PAYLOAD_TYPE:
        raise UsageError(f"'{name}' is no certificate: it holds a {envelope.payload_type!r}")
    return envelope, payload


def find_fault(envelope: Envelope, payload: bytes, keys: Sequence[Ed25519PublicKey]) -> str | None:
    """Return why none of the pinned keys vouches for the payload, or None if one does."""
    signed = authenticate(envelope.payload_type, payload)
    if any(_holds(each, signed, key) for each in envelope.signatures for key in keys):
        return None
    pinned = {identify_key(key) for key in keys}
    named = [each.keyid for each in envelope.signatures]
    if not named:
        return "it is not signed"
    if pinned & set(named):
        return "the signature does not fit: the certificate was altered after it was signed"
    return f"another key signed it: {', '.join(named)}, but --key gives {', '.join(sorted(pinned))}"


def _holds(signature: Signature, signed: bytes, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(base64.b64decode(signature.sig, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
