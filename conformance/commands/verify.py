"""`onceproof verify`: whether a certificate holds, and whether its verdicts follow."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from onceproof.conformance.commands.filled import argument, option

OUTCOMES = ("certified", "partial")
MODES = ("probes", "field")


@click.command()
@argument("certificate", required=False, type=click.Path(path_type=Path))
@option("--run-dir", metavar="DIR", type=click.Path(path_type=Path), help="The run's evidence.")
@option("--bundle", metavar="FILE", type=click.Path(path_type=Path), help="Evidence in one file.")
@option(
    "--key",
    "keys",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A public key that you trust; repeat it for several.",
)
@option(
    "--at",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The moment (UTC) for which it must be valid.  [default: now]",
)
@option("--outcome", type=click.Choice(OUTCOMES), help="Demand at least this outcome.")
@option(
    "--mode",
    type=click.Choice(MODES),
    default="probes",
    show_default=True,
    help="What --outcome is about: the suite with probes, or a graph of yours.",
)
def verify(
    certificate: Path | None,
    run_dir: Path | None,
    bundle: Path | None,
    keys: tuple[Path, ...],
    at: datetime | None,
    outcome: str | None,
    mode: Literal["probes", "field"],
) -> None:
    """Verify a certificate: signature, validity, digests; and with --run-dir or --bundle derive
    all verdicts again from the history.

    A certificate holds whatever its outcome, unless --outcome demands one. Exit status 0: it
    holds; 10: it does not, and each reason is printed; 11: signature and digests hold, but this
    version of onceproof derives other verdicts than the one that signed; 64: wrong usage.
    """
    from onceproof.conformance.certificate.answer import describe_answer, verify_files
    from onceproof.conformance.certificate.keys import load_public_key
    from onceproof.reports.text import visible

    pinned = [load_public_key(key, "--key") for key in keys]
    answer = verify_files(certificate, pinned, run_dir=run_dir, bundle=bundle, at=at)
    if outcome is not None:
        answer.demand_outcome(outcome, mode)
    for line in describe_answer(answer):
        click.echo(visible(line))
    sys.exit(answer.exit_status)
