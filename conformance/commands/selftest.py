"""`onceproof selftest`: whether the suite finds defects that are known to be there."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.errors import CERTIFIED, FAILED

if TYPE_CHECKING:
    from onceproof.conformance.selftest.mutant import Mutant
    from onceproof.conformance.selftest.trial import Trial


@click.command()
@option("--only", multiple=True, metavar="NAME", help="A mutant or a family; again for each.")
@option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="At a time.")
@option("--list", "show_list", is_flag=True, help="List the mutants, and try none.")
@option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the matrix into this file, as Markdown.",
)
def selftest(only: tuple[str, ...], jobs: int, show_list: bool, table: Path | None) -> None:
    """Try the suite on servers with one known defect each, and show who was blamed for what.

    Each mutant is the reference server with one part replaced by a broken one. It has to fail the
    requirements meant for it, and no others without a reason.

    Exit status 0: all mutants were caught; 10: one survives, or others were blamed for it;
    64: wrong usage; 130: interrupted.
    """
    from onceproof.conformance.selftest.matrix import describe_end, describe_trial, render_matrix
    from onceproof.conformance.selftest.mutant import choose_mutants

    chosen = choose_mutants(only)
    if show_list:
        for one in chosen:
            click.echo(f"{one.family:<12} {one.name}: {one.sentence} ({', '.join(one.caught_by)})")
        sys.exit(CERTIFIED)
    click.echo(f"{len(chosen)} mutants, {jobs} at a time, about 15 s each")
    trials = []
    for trial in _try(chosen, jobs):
        trials.append(trial)
        click.echo("\n".join(describe_trial(trial)))
    trials.sort(key=lambda trial: chosen.index(trial.mutant))
    if table is not None:
        table.write_text(render_matrix(trials), encoding="utf-8")
    click.echo(describe_end(trials))
    sys.exit(CERTIFIED if all(trial.is_caught for trial in trials) else FAILED)


def _try(mutants: "Sequence[Mutant]", jobs: int) -> "Iterator[Trial]":
    """Try the mutants, several at a time; yields each trial as it ends."""
    from onceproof.conformance.selftest.trial import try_mutant

    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(try_mutant, one) for one in mutants]
        try:
            for each in as_completed(waiting):
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)
