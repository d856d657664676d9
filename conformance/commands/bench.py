"""`onceproof bench`: figures of a server as ratios to LangGraph itself, and to a peer."""

from pathlib import Path
from typing import Any

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.patient import demand_output
from onceproof.conformance.commands.target_options import target_options


@click.command()
@target_options("bench")
@option(
    "--peer",
    help="Another server, measured in the same run: a target profile that comes along, or a "
    "command that starts one without a stack of ours.",
)
def bench(run_dir: Path | None, peer: str | None, **target: Any) -> None:
    """Measure a server: runs, waits, streams and CPU, as ratios to LangGraph itself.

    With --peer also as ratios to another server on the same machine.

    Exit status 0: the figures were printed; 64: wrong usage; 69: a server or the stack is
    unavailable; 70: the harness failed, or the figures were not printed whole; 130: interrupted.
    """
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.options import Options
    from onceproof.load.bench import against, rows

    beside = _peer(peer, run_dir / "peer" if run_dir else None) if peer else None
    options = Options(run_dir=run_dir, **target)
    if not options.is_exclusive:
        raise UsageError(
            "bench loads a server at --url as much as it bears, and others may use it: add "
            "--exclusive, which says that nobody does"
        )
    own = _measure(options)
    for what, figure, ratio in rows(own):
        click.echo(f"{what:<28} {figure:<34} {ratio}")
    if beside:
        other = _measure(beside)
        for what, figure, ratio in rows(other):
            click.echo(f"{what:<28} {figure:<34} {ratio}")
        click.echo("better than the peer by")
        for what, ratio in against(own, other):
            click.echo(f"{what:<28} {ratio}")
    demand_output("the figures")


def _peer(named: str, folder: Path | None) -> Any:
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.options import Options
    from onceproof.conformance.targets.profile import list_profiles

    if named in list_profiles():
        return Options(target_profile=named, run_dir=folder)
    if "{port}" not in named:
        raise UsageError(
            f"--peer {named!r} is neither a known profile ({', '.join(list_profiles())}) nor a "
            "command: write where the server takes its port, as in '--port {port}'"
        )
    return Options(command=named, stack="none", run_dir=folder)


def _measure(options: Any) -> Any:
    import psutil

    from onceproof.conformance.session import Session
    from onceproof.conformance.stopping import heed_signals, stop_request
    from onceproof.load.bench import measure
    from onceproof.load.graphs import GRAPHS

    with heed_signals(), Session(options, click.echo) as session:
        session.look.demand_graphs(GRAPHS, "the bench")
        known = [child.pid for child in psutil.Process().children()]
        if session.options.found and (levers := session.target.levers):
            known = [pid for each in session.target.replicas for pid in levers.pids(each.name)]
        with stop_request.break_into():
            return measure(session.target.urls, known, click.echo)
