"""`onceproof keygen`: the key that certificates are signed with."""

from pathlib import Path

import click

from onceproof.conformance.commands.filled import option


@click.command()
@option("--out", required=True, metavar="FILE", type=click.Path(path_type=Path))
def keygen(out: Path) -> None:
    """Make an ed25519 key: FILE is the private one, FILE.pub the public one.

    Exit status 0: both were written; 64: one of them exists already, or cannot be written.
    """
    from onceproof.conformance.certificate.keys import PUBLIC, identify_key, write_key_pair

    key = write_key_pair(out)
    click.echo(f"{out}: the private key; keep it secret, and sign with it")
    click.echo(f"{out}{PUBLIC}: the public key {identify_key(key)}; hand it to whoever verifies")
