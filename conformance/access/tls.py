"""The TLS context of all connections to the target."""

import os
import ssl
from pathlib import Path

import certifi

from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_private_key


def make_context(
    ca: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """Make a context that trusts `ca`, or what the environment trusts, and shows a certificate.

    UsageError for files that cannot be used.
    """
    context = _trust_environment() if ca is None else _trust(ca)
    if key is not None and certificate is None:
        raise UsageError("--client-key needs --client-certificate, which it belongs to")
    if certificate is not None:
        _show_certificate(context, certificate, key)
    return context


def _trust_environment() -> ssl.SSLContext:
    """As httpx does, which not every process of ours loads."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return ssl.create_default_context(cafile=certifi.where())
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"SSL_CERT_FILE {file!r} and SSL_CERT_DIR {folder!r} cannot be used ({error}): correct "
            "the variable or remove it"
        ) from None


def _trust(ca: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ValueError) as error:
        why = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error
        raise UsageError(f"--ca {str(ca)!r} cannot be used: {why}") from None


def _show_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    def refuse_to_ask() -> str:
        raise UsageError(
            f"the key of --client-certificate {str(certificate)!r} is encrypted: give one that "
            "needs no password by --client-key"
        )

    for path in (certificate, key):
        if path is not None:
            register_private_key(SECRETS, path)
    try:
        context.load_cert_chain(certificate, key, password=refuse_to_ask)
    except (OSError, ValueError) as error:
        why = "no certificate and key in PEM form" if isinstance(error, ssl.SSLError) else error
        raise UsageError(
            f"--client-certificate {str(certificate)!r} cannot be used: {why}; a key in a file of "
            "its own is named by --client-key"
        ) from None
