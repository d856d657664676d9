"""`onceproof clean`: remove what earlier runs left on a server."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.target_options import target_options

if TYPE_CHECKING:
    from onceproof.conformance.removal import Account


@click.command()
@target_options("clean")
@option(
    "--run-dir",
    "run_dirs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Only what the run in this folder made, also what could not carry its mark; again for "
    "each.  [default: what carries the mark of any run]",
)
@option(
    "--limit-s",
    type=click.FloatRange(1),
    default=300.0,
    show_default=True,
    help="Seconds after which it stops.",
)
def clean(run_dirs: tuple[Path, ...], limit_s: float, **target: Any) -> None:
    """Remove what earlier runs left on a server, as after a kill -9, and nothing else.

    Everything that onceproof makes carries a mark, in its metadata or first in its namespace.
    Do not call it while another run is under way there, unless --run-dir names a run.

    Exit status 0: nothing of ours is left; 10: something is, and is listed; 64: wrong usage;
    69: the server is not reachable; 130: interrupted.
    """
    from onceproof.conformance.errors import CERTIFIED, FAILED, UsageError
    from onceproof.conformance.guest.journal import RUN, read_journals
    from onceproof.conformance.options import Options
    from onceproof.conformance.stopping import heed_signals

    options = Options(**target)
    if not options.urls:
        raise UsageError("clean looks at a running server: name it by --url")
    made = [each for folder in run_dirs for each in read_journals(folder)]
    run_ids = [each.id for each in made if each.kind == RUN] if run_dirs else None
    if run_ids == []:
        named = ", ".join(repr(str(folder)) for folder in run_dirs)
        raise UsageError(f"--run-dir {named} holds no run of onceproof: name the folder of one")
    with heed_signals():
        account = _remove(options, run_ids, made, limit_s)
    for line in _describe(account):
        click.echo(line)
    sys.exit(CERTIFIED if account.is_clean else FAILED)


def _remove(options: Any, run_ids: Sequence[str] | None, made: Any, limit_s: float) -> "Account":
    from onceproof.conformance.access import use_way
    from onceproof.conformance.guest import Guest, use_guest
    from onceproof.conformance.preflight.look import demand_entrance
    from onceproof.conformance.removal.guarded import remove_or_stop
    from onceproof.conformance.targets import UrlTarget

    with use_way(options.way) as way, use_guest(Guest()):
        way.check()
        UrlTarget(list(options.urls)).start()
        demand_entrance(options.urls, options)
        return asyncio.run(remove_or_stop(options.urls, run_ids, made, limit_s))


def _describe(account: "Account") -> list[str]:
    """A line for each kind and run, and one for each thing that is left."""
    lines = [
        f"removed {count:>6}  {kind + ('s' if count > 1 else ''):<11} "
        f"{'of run ' + run_id if run_id else 'by the journal'}"
        for (kind, run_id), count in sorted(account.removed.items())
    ]
    left = [f"left            {sentence}" for sentence in account.left]
    return [*lines, *left] or ["nothing of onceproof's is there"]
