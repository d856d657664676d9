"""Ed25519 keys in files: PEM, as OpenSSL reads them; the private one for its owner's eyes only."""

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_private_key

#: What the name of the public key's file adds to that of the private one.
PUBLIC = ".pub"


def write_key_pair(path: Path) -> Ed25519PublicKey:
    """Write a new private key to `path`, and its public key beside it; UsageError if either exists.

    The private key is never in a file that others can read, not even for a moment.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_name(path.name + PUBLIC)
    if os.path.lexists(beside):
        raise UsageError(f"--out '{path}': '{beside}' exists already: name another file")
    _create(path, private, 0o600)
    _create(beside, encode_public_key(key.public_key()), 0o644)
    for written, content in ((path, private), (beside, encode_public_key(key.public_key()))):
        if written.read_bytes() != content:
            raise OnceproofError(f"what was written to '{written}' reads otherwise: check the disk")
    return key.public_key()


def encode_public_key(key: Ed25519PublicKey) -> bytes:
    """Return the public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def identify_key(key: Ed25519PublicKey) -> str:
    """Return the id of a public key: `sha256:` and the digest of its DER form."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def load_private_key(path: Path, option: str) -> Ed25519PrivateKey:
    """Read a private key; UsageError that names the option, the file and what is wrong with it."""
    content = _read(path, option)
    register_private_key(SECRETS, path)
    try:
        key = load_pem_private_key(content, None)
    except TypeError:
        raise UsageError(f"{option} '{path}' is encrypted: give a key without a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"{option} '{path}' is no private key in PEM: make one by `onceproof keygen --out FILE`"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{option} '{path}' is no ed25519 key: make one by `onceproof keygen`")
    return key


def load_public_key(path: Path, option: str) -> Ed25519PublicKey:
    """Read a public key; UsageError that names the option, the file and what is wrong with it."""
    content = _read(path, option)
    if b"PRIVATE KEY" in content:
        raise UsageError(f"{option} '{path}' is a private key: give '{path}{PUBLIC}' to verify")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{option} '{path}' is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{option} '{path}' is no ed25519 key")
    return key


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{option} '{path}' cannot be read ({why}): name a key file") from None


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet, with its mode from the first byte on."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise UsageError(
            f"--out '{path}' exists already, and a key is not overwritten: name another file"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"--out '{path}' cannot be created ({why}): name another file") from None
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
