"""Options that several commands take: which target, on which stack, in which folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from onceproof.conformance.stacks import STACKS

#: What makes a function take an option.
Taking = Callable[[Callable[..., Any]], Callable[..., Any]]

URLS = click.option(
    "--url", "urls", multiple=True, help="A running server; again for each replica."
)
COMMAND = click.option("--command", help="A command that starts a server, as for certify.")
PROFILE = click.option(
    "--target-profile",
    metavar="NAME|FILE",
    help="What is known of the target: timings, how it starts, known deviations. A TOML file, or "
    "one that comes along: reference, langgraph-dev, langgraph-js, aegra.",
)
ENV = click.option(
    "--env",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A variable for a server started here; again for each. Without a value: as it is here.",
)
API_REPLICAS = click.option(
    "--api-replicas",
    type=int,
    help="API processes to start.  [default: 2, or 1 of a command without {role}]",
)


def worker_replicas_option(number: int) -> Taking:
    """`--worker-replicas`, which are so many if nothing is said."""
    return click.option(
        "--worker-replicas", default=number, show_default=True, help="Worker processes to start."
    )


def stack_option(told: str) -> Taking:
    """`--stack`, with what is told of it."""
    return click.option("--stack", type=click.Choice(list(STACKS)), help=told)


def run_dir_option(told: str) -> Taking:
    """`--run-dir`, with what is told of it."""
    return click.option("--run-dir", type=click.Path(path_type=Path), help=told)
