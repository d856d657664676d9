"""`onceproof chaos`: random faults over a random workload, judged at the end."""

import sys
from pathlib import Path
from random import SystemRandom
from typing import Any

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.target_options import target_options
from onceproof.conformance.runner.target_options import fields_of


@click.command()
@option("--seed", type=int, help="Source of all faults and of the workload.  [drawn]")
@option(
    "--minutes",
    type=click.FloatRange(0.05, 600),
    default=2.0,
    show_default=True,
    help="How long faults are played.",
)
@target_options("chaos", worker_replicas=4)
@option(
    "--workload",
    type=click.Choice(("mixed", "poison")),
    default="mixed",
    show_default=True,
    help="What clients do; with poison, one run in ten is bad for its process.",
)
@option("--runs", type=click.IntRange(0), help="Runs that clients create.  [120 a minute, or 200]")
@option("--noops", type=click.IntRange(0), help="Runs created in batches.  [500 a minute]")
@option("--threads", type=click.IntRange(1), default=10, help="Threads that clients share.")
@option("--clients", type=click.IntRange(1), default=12, help="Clients that work side by side.")
@option(
    "--drain-s",
    type=click.FloatRange(1),
    default=120.0,
    show_default=True,
    help="Seconds in which everything has to come to rest afterwards.",
)
@option("--fault", "faults", multiple=True, help="Only this kind of fault; may be repeated.")
@option("--schedule", type=click.Path(path_type=Path), help="Play these faults instead.")
@option("--shrink", is_flag=True, help="If it fails: find fewer faults that make it fail.")
@option(
    "--tries",
    type=click.IntRange(1),
    default=12,
    show_default=True,
    help="How often --shrink may play a part of the faults.",
)
def chaos(seed: int | None, shrink: bool, tries: int, **values: Any) -> None:
    """Break things at random under a random workload, then judge what became of every run.

    The same seed gives the same faults and the same workload; how a machine copes with them differs
    in its timing. History, schedule and reports stay in the run's folder.
    """
    from onceproof.conformance.chaos.plan import Plan
    from onceproof.conformance.chaos.report import describe_outcome, describe_results
    from onceproof.conformance.chaos.run import run_chaos
    from onceproof.conformance.chaos.shrink import shrink_by_running
    from onceproof.conformance.options import Options
    from onceproof.conformance.stopping import heed_signals, stop_request

    options = Options(**{name: values.pop(name) for name in fields_of("chaos")})
    drawn = SystemRandom().randrange(10**6) if seed is None else seed
    plan = Plan(options, drawn, call=_call(drawn), **values)
    click.echo(f"seed {drawn}")
    with heed_signals():
        run = run_chaos(plan, click.echo)
        for line in describe_results(run.results):
            click.echo(line)
        for name, path in run.files.items():
            click.echo(f"{name:<13} {path}")
        click.echo(describe_outcome(run.results))
        if shrink and run.failing and not stop_request.is_made:
            for line in shrink_by_running(plan, run, tries, click.echo):
                click.echo(line)
    sys.exit(run.results.exit_status)


def _call(seed: int) -> str:
    """The command that repeats this chaos, also if the seed was drawn."""
    from onceproof.conformance.secrets.find import repeat_command

    words = sys.argv[1:]
    if not any(word.split("=")[0] == "--seed" for word in words):
        words += ["--seed", str(seed)]
    return repeat_command(words)
