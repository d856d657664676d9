"""`onceproof load`: a load by a profile, with levels to keep; and the rate that a server bears."""

from pathlib import Path
from typing import Any

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.patient import demand_output
from onceproof.conformance.commands.target_options import Decorator, target_options


def _rate(name: str, field: str, default: float, said: str) -> Decorator:
    """Return the decorator that adds an option for a rate, runs a second."""
    kind = click.FloatRange(0.1, 10_000)
    return option(
        name, field, type=kind, default=default, show_default=True, metavar="RATE", help=said
    )


@click.group()
def load() -> None:
    """Load a server, and hold it to a service level."""


@load.command()
@target_options("bench")
@option(
    "--profile",
    default="smoke",
    show_default=True,
    help="How runs arrive and which levels are to be kept: a profile that comes along (smoke, ci, "
    "steady, stampede, soak) or a TOML file (docs/load.md).",
)
def run(run_dir: Path | None, profile: str, **target: Any) -> None:
    """Load a server as a profile says, account for every run, and judge its levels.

    Exit status 0: the levels were kept; 10: one was missed, or a run was lost or doubled; 11: the
    generator was the bottleneck; 64: wrong usage; 69: a server or the stack is unavailable; 70: the
    harness failed; 130: interrupted.
    """
    from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.load_levels import find_misses
    from onceproof.load.profiles import find_load_profile

    wanted = find_load_profile(profile)
    with _open_trials(Options(run_dir=run_dir, **target), "load run") as trials:
        done = trials.carry(wanted)
    misses = find_misses(wanted.levels, done)
    doubts = trials.list_doubts(done)
    click.echo(done.sentence)
    for sentence in (*misses, *doubts):
        click.echo(f"  {sentence}")
    click.echo(f"its figures are in {trials.folder / 'load.json'}")
    demand_output("the load")
    is_broken = bool(done.lost_total or done.duplicated_total)
    if misses and doubts and not is_broken:
        raise SystemExit(INCONCLUSIVE)
    raise SystemExit(FAILED if misses or is_broken else CERTIFIED)


@load.command()
@target_options("bench")
@option(
    "--profile",
    default="capacity",
    show_default=True,
    help="The levels to keep, how long each rate is tried and how many runs may be under way; its "
    "arrivals are not used.",
)
@_rate("--from", "first_per_s", 5.0, "Runs a second to begin with.")
@_rate("--most", "most_per_s", 500.0, "Runs a second beyond which is not tried.")
@option(
    "--repeats",
    type=click.IntRange(1, 9),
    default=3,
    show_default=True,
    help="Trials of each rate, of which most decide.",
)
def capacity(
    run_dir: Path | None,
    profile: str,
    first_per_s: float,
    most_per_s: float,
    repeats: int,
    **target: Any,
) -> None:
    """Find the highest rate of independent arrivals at which a server keeps its levels.

    Exit status 0: it was found; 11: the generator was the bottleneck, or the server bears whatever
    --most allows; 10: not even the lowest rate was borne; 64: wrong usage; 69: a server or the
    stack is unavailable; 70: the harness failed; 130: interrupted.
    """
    from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE, UsageError
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.load_levels import find_misses
    from onceproof.load.capacity.report import describe_bracket, describe_trial
    from onceproof.load.capacity.search import Outcome, Search
    from onceproof.load.profiles import find_load_profile

    if first_per_s > most_per_s:
        raise UsageError(f"--from {first_per_s:g} is above --most {most_per_s:g}: lower it")
    wanted = find_load_profile(profile)
    with _open_trials(Options(run_dir=run_dir, **target), "load capacity") as trials:

        def attempt(rate_per_s: float) -> Outcome:
            done = trials.carry(wanted, f"poisson:{rate_per_s:.4f}*{wanted.seconds}s")
            outcome = Outcome(find_misses(wanted.levels, done), trials.list_doubts(done))
            click.echo(describe_trial(rate_per_s, done.finished_once / done.seconds, outcome))
            return outcome

        bracket = Search(attempt, first_per_s, most_per_s, repeats).find()
    for line in describe_bracket(bracket):
        click.echo(line)
    demand_output("the capacity")
    if bracket.is_conclusive:
        raise SystemExit(CERTIFIED)
    raise SystemExit(INCONCLUSIVE if bracket.kept_per_s or bracket.missed_per_s is None else FAILED)


def _open_trials(options: Any, what: str) -> Any:
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.runner.load_trials import open_trials

    if not options.is_exclusive:
        raise UsageError(
            f"{what} loads a server at --url that others may use: add --exclusive, which says that "
            "nobody does"
        )
    return open_trials(options)
