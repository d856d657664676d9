"""`onceproof sign`: the certificate of a run that is over."""

from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option
from onceproof.conformance.commands.signing_options import valid_days as valid_days_option


@click.command()
@argument("run_dir", type=click.Path(path_type=Path))
@option("--key", required=True, metavar="FILE", type=click.Path(path_type=Path))
@valid_days_option
def sign(run_dir: Path, key: Path, valid_days: int) -> None:
    """Sign what the run in RUN_DIR amounts to, whatever that is, with the private key in FILE.

    Exit status 0: the documents were written and read again; 64: no such run or key; 70: the
    results do not follow from the evidence, or the documents could not be written.
    """
    from onceproof.conformance.certificate.keys import load_private_key
    from onceproof.conformance.certificate.sign import sign_run

    for path in sign_run(run_dir, load_private_key(key, "--key"), days=valid_days).values():
        click.echo(path)
