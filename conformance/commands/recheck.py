"""`onceproof recheck`: the verdicts of a run again, from what it left behind."""

import sys
from pathlib import Path

import click

from onceproof.conformance.errors import CERTIFIED, FAILED


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--only", metavar="CHECK", help="Show what this check finds.")
@click.option(
    "--key", metavar="NONCE", help="Show only what was found of this run or subscription."
)
def recheck(run_dir: Path, only: str | None, key: str | None) -> None:
    """Derive the verdicts of a run again from what it left in RUN_DIR, without the target.

    Exit status 0: the results are those that the run wrote, bit for bit; 10: they differ, or with
    --only or --key: something was found.
    """
    from onceproof.conformance.judgement import recheck as rechecking
    from onceproof.reports.evidence import finding_lines

    if only is None and key is None:
        told = rechecking.differences(run_dir)
        shown = told[: rechecking.SHOWN]
        for line in shown:
            click.echo(line)
        if len(told) > len(shown):
            click.echo(f"and {len(told) - len(shown)} more differences")
        click.echo("the results differ" if told else "the results are the same, bit for bit")
        sys.exit(FAILED if told else CERTIFIED)
    guilty = False
    for verdict, findings in rechecking.findings(run_dir, only, key):
        if only or findings:
            click.echo(verdict)
        for finding in findings:
            click.echo("\n".join(finding_lines(finding)))
        guilty |= bool(findings)
    sys.exit(FAILED if guilty else CERTIFIED)
