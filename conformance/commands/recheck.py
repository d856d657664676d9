"""`onceproof recheck`: the verdicts of a run again, from what it left behind."""

import sys
from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option
from onceproof.conformance.errors import CERTIFIED, FAILED


@click.command()
@argument("run_dir", type=click.Path(path_type=Path))
@option("--only", metavar="CHECK", help="Show what this check finds.")
@option("--key", metavar="NONCE", help="Show only what was found about this run or subscription.")
def recheck(run_dir: Path, only: str | None, key: str | None) -> None:
    """Derive the verdicts of a run again from what it left in RUN_DIR, without the target.

    Exit status 0: the results are those that the run wrote, bit for bit; 10: they differ, or with
    --only or --key: something was found.
    """
    if only is None and key is None:
        sys.exit(_compare(run_dir))
    sys.exit(_show_findings(run_dir, only, key))


def _compare(run_dir: Path) -> int:
    from onceproof.conformance.judgement.recheck import SHOWN, find_differences

    differences = find_differences(run_dir)
    for line in differences[:SHOWN]:
        click.echo(line)
    if len(differences) > SHOWN:
        click.echo(f"and {len(differences) - SHOWN} more differences")
    click.echo("the results differ" if differences else "the results are the same, bit for bit")
    return FAILED if differences else CERTIFIED


def _show_findings(run_dir: Path, only: str | None, key: str | None) -> int:
    from onceproof.conformance.judgement.recheck import find_anomalies
    from onceproof.reports.evidence import finding_lines

    guilty = False
    for verdict, findings in find_anomalies(run_dir, only, key):
        if only or findings:
            click.echo(verdict)
        for finding in findings:
            click.echo("\n".join(finding_lines(finding)))
        guilty |= bool(findings)
    return FAILED if guilty else CERTIFIED
