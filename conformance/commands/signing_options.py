"""The options by which a certification signs what it amounts to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onceproof.conformance.commands.filled import option

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Signing:
    """The key to sign with, if any, and for how many days after the run the certificate holds."""

    key: "Ed25519PrivateKey | None"
    days: int

    def sign(self, reports: Mapping[str, Path]) -> dict[str, Path]:
        """Sign the run that these reports are of; the signed documents by name, {} without a key.

        OnceproofError if they could not be written and read again.
        """
        if self.key is None:
            return {}
        from onceproof.conformance.certificate.sign import sign_run

        return sign_run(reports["results.json"].parent, self.key, days=self.days)


valid_days = option(
    "--valid-days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="Days after the run on which its certificate may be relied on.",
)


def signing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --sign and --valid-days."""
    sign = option(
        "--sign",
        metavar="KEY",
        type=click.Path(path_type=Path),
        help="Sign what the run amounts to with the private key in this file, made by "
        "`onceproof keygen`.",
    )
    return sign(valid_days(command))


def load_signing_key(path: Path | None, days: int) -> Signing:
    """Read the key before anything starts; UsageError if it cannot be used."""
    if path is None:
        return Signing(None, days)
    from onceproof.conformance.certificate.keys import load_private_key

    return Signing(load_private_key(path, "--sign"), days)
