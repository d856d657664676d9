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
    from onceproof.conformance.selftest.record import Record
    from onceproof.conformance.selftest.trial import Trial

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@option("--benign", is_flag=True, help="Try right servers that differ, in place of mutants.")
@option("--only", multiple=True, metavar="NAME", help="One, or a family of them; again for each.")
@option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="At a time.")
@option("--list", "show_list", is_flag=True, help="Try none, and list them.")
@option(
    "--record",
    "record_file",
    type=_FILE,
    help="Add the trials to this file's, and show those of all.",
)
@option("--table", type=_FILE, help="Write the matrix into this file, as Markdown.")
@option("--untried", type=_FILE, help="Write the tests that no mutant made fail into this file.")
def selftest(
    benign: bool, show_list: bool, jobs: int, only: tuple[str, ...], **files: Path | None
) -> None:
    """Try the suite on servers with one known defect each, and show who was blamed for what.

    Each mutant is the reference server with one part replaced by a broken one. It has to fail the
    requirements meant for it, and no others without a reason. With --benign each part is replaced
    by another that is as right, and no requirement may fail.

    Exit status 0: all mutants were caught, or no right server was blamed; 10: a mutant survives,
    or others were blamed for it, or a right server was; 64: wrong usage; 130: interrupted.
    """
    from onceproof.conformance.selftest.matrix import describe_end
    from onceproof.conformance.selftest.mutant import choose_mutants
    from onceproof.conformance.selftest.record import Record, read_record

    if benign:
        sys.exit(_try_benign(only, jobs, show_list=show_list, table=files["table"]))
    chosen = choose_mutants(only)
    known = {one.name: one for one in choose_mutants(())}
    record = read_record(files["record_file"], known) if files["record_file"] else Record()
    names, trials = list(known), []
    if show_list:
        _list(chosen)
        _write(record, names, **files)
        sys.exit(CERTIFIED)
    for trial in _show(chosen, jobs):
        trials.append(trial)
        record.add([trial])
        _write(record, names, **files)
    click.echo(describe_end(trials))
    sys.exit(CERTIFIED if all(trial.is_caught for trial in trials) else FAILED)


def _list(mutants: "Sequence[Mutant]") -> None:
    for one in mutants:
        click.echo(f"{one.family:<12} {one.name}: {one.sentence} ({', '.join(one.caught_by)})")


def _show(mutants: "Sequence[Mutant]", jobs: int) -> "Iterator[Trial]":
    """Try the mutants and show each trial as it ends."""
    from onceproof.conformance.selftest.matrix import describe_trial

    click.echo(f"{len(mutants)} mutants, {jobs} at a time, about 15 s each")
    for trial in _try(mutants, jobs):
        click.echo("\n".join(describe_trial(trial)))
        yield trial


def _write(
    record: "Record",
    names: list[str],
    record_file: Path | None,
    table: Path | None,
    untried: Path | None,
) -> None:
    """Write after each trial: what an interrupted run has found is kept."""
    from onceproof.conformance.selftest.matrix import render_matrix
    from onceproof.conformance.selftest.record import write_record
    from onceproof.conformance.selftest.untried import render_track_record

    if record_file is not None:
        write_record(record_file, record)
    if table is not None:
        trials = sorted(record.trials.values(), key=lambda trial: names.index(trial.mutant.name))
        left = [name for name in names if name not in record.trials]
        table.write_text(render_matrix(trials, left), encoding="utf-8")
    if untried is not None:
        untried.write_text(render_track_record(record), encoding="utf-8")


def _try_benign(only: tuple[str, ...], jobs: int, *, show_list: bool, table: Path | None) -> int:
    """List or try the right servers; return the exit status."""
    from onceproof.conformance.selftest.benign.session import list_variations, try_variations

    if show_list:
        return list_variations(only, click.echo)
    return try_variations(only, jobs, table, click.echo)


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
