"""`onceproof report`: a run's results in another format, at any time after."""

import os
import sys
from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option

FORMATS = ("json", "junit", "html", "markdown", "ctrf", "sarif", "badge", "github")


@click.command()
@argument("run", metavar="RUN_DIR|RESULTS", type=click.Path(path_type=Path))
@option("--format", "name", required=True, type=click.Choice(FORMATS))
@option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="[default: stdout]")
def report(run: Path, name: str, out: Path | None) -> None:
    """Render the results of a run, given by its folder or by its results.json.

    Exit status 0: it was written, and with -o read again; 64: no results there, or FILE cannot be
    written; 70: the results are damaged, or not all of them could be printed.
    """
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.run_folder import find_results
    from onceproof.reports.document import load
    from onceproof.reports.formats import render_report, write_report

    content = render_report(load(find_results(run)), name)
    if out is None:
        _print(content)
        return
    try:
        write_report(out, content)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"-o '{out}' cannot be written ({why}): name another file") from None
    click.echo(out)


def _print(content: bytes) -> None:
    """Print a document, whole or not with status 0: unlike what is printed for who watches."""
    from onceproof.conformance.errors import OnceproofError

    if sys.__stdout__ is None:
        raise OnceproofError(
            "there is no standard output to print the report to: name a file by -o"
        )
    sys.stdout.flush()
    try:
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as file:
            file.write(content)
    except OSError as error:
        why = error.strerror or str(error)
        raise OnceproofError(
            f"the report was not printed whole ({why}): name a file by -o"
        ) from None
