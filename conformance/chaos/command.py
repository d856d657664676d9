"""`onceproof chaos`, as the command line has it."""

import sys
from pathlib import Path
from random import SystemRandom
from typing import Any

import click

from conformance.stacks import KINDS

#: What is told of the target, and not of what is done to it.
ABOUT = (
    *("urls", "command", "target_profile", "env", "stack", "run_dir"),
    *("api_replicas", "worker_replicas"),
)


@click.command()
@click.option("--seed", type=int, help="Where all faults and the workload come from.  [drawn]")
@click.option("--minutes", type=click.FloatRange(0.05, 600), default=2.0, show_default=True)
@click.option("--command", help="A command that starts a server, as for certify.")
@click.option(
    "--target-profile",
    metavar="NAME|FILE",
    help="What is known of the server: timings, and how it starts; as for certify.",
)
@click.option("--env", multiple=True, metavar="NAME[=VALUE]", help="A variable for it; repeatable.")
@click.option("--url", "urls", multiple=True, hidden=True)
@click.option(
    "--stack",
    type=click.Choice(KINDS),
    help="Postgres and Redis; embedded, containers, or none where no --fault is theirs.",
)
@click.option("--run-dir", type=click.Path(path_type=Path), help="Folder of this run.")
@click.option("--api-replicas", default=2, show_default=True, help="API processes to start.")
@click.option("--worker-replicas", default=4, show_default=True, help="Worker processes to start.")
@click.option("--runs", type=click.IntRange(0), help="Runs that clients create.  [120 a minute]")
@click.option("--noops", type=click.IntRange(0), help="Runs created in batches.  [500 a minute]")
@click.option("--threads", type=click.IntRange(1), default=10, help="Threads that clients share.")
@click.option("--clients", type=click.IntRange(1), default=12, help="Clients at the same time.")
@click.option("--drain-s", type=click.FloatRange(1), default=120.0, show_default=True)
@click.option("--fault", "faults", multiple=True, help="Only this kind of fault; may be repeated.")
@click.option("--schedule", type=click.Path(path_type=Path), help="Play these faults instead.")
@click.option("--shrink", is_flag=True, help="If it fails: find fewer faults that make it fail.")
@click.option("--tries", type=click.IntRange(1), default=12, show_default=True, help="To shrink.")
def chaos(seed: int | None, shrink: bool, tries: int, **given: Any) -> None:
    """Break things at random under a random workload, then judge what became of every run.

    The same seed gives the same faults and the same workload; what a machine makes of them differs
    in its timing. The history and the schedule stay in the run's folder.
    """
    from conformance.chaos.plan import Plan
    from conformance.chaos.report import told
    from conformance.chaos.run import run_chaos
    from conformance.chaos.shrink import shrunk_by_running
    from conformance.options import Options

    options = Options(**{name: given.pop(name) for name in ABOUT})
    drawn = SystemRandom().randrange(10**6) if seed is None else seed
    plan = Plan(options, drawn, **given)
    click.echo(f"seed {drawn}")
    outcome = run_chaos(plan, click.echo)
    for line in told(outcome):
        click.echo(line)
    if shrink and outcome.failing:
        for line in shrunk_by_running(plan, outcome, tries, click.echo):
            click.echo(line)
    sys.exit(outcome.exit_status)
