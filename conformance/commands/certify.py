"""`onceproof certify`: the whole suite against a target, with faults and load, and the reports."""

import shlex
import sys
from typing import Any

import click

from onceproof.conformance.commands.target_options import (
    API_REPLICAS,
    ENV,
    PROFILE,
    URLS,
    run_dir_option,
    stack_option,
    worker_replicas_option,
)


@click.command()
@URLS
@click.option(
    "--command",
    help="A command that starts a server; {port}, {role}, {python}, {probes} (the folder of the "
    "langgraph.json to host) and {slots} are filled in.",
)
@PROFILE
@click.option(
    "--image",
    help="A container image of a server; --command is then what its container is given.",
)
@ENV
@click.option(
    "--lever",
    "levers",
    multiple=True,
    metavar="NAME=COMMAND",
    help="With --url: a command that breaks or mends a replica, such as kill='... {replica}'; "
    "again for each of kill, pause, resume, terminate, start, alive, log, pids, host.",
)
@click.option(
    "--worker",
    "workers",
    multiple=True,
    metavar="NAME",
    help="With --url: a replica that serves no API; those of the URLs are api-1, api-2, ... or "
    "have the name of --url NAME=URL.",
)
@click.option("--database-uri", metavar="URI", help="Postgres of the target; read, never broken.")
@click.option("--redis-uri", metavar="URI", help="Redis of the target; tests EMPTY all of it.")
@click.option(
    "--witness-address",
    metavar="ADDRESS",
    help="Address of this machine under which the server reaches the harness.  [default: "
    "127.0.0.1; with --image the gateway of its network]",
)
@stack_option(
    "Postgres and Redis for a server started here.  [default: external if DATABASE_URI and "
    "REDIS_URI are set, else embedded, or containers with --image; none with --url]"
)
@click.option("--only", multiple=True, metavar="ID", help="Only requirements whose id starts so.")
@click.option(
    "--profiles",
    metavar="NAME,...",
    help="Declare what the target offers: one of these that is absent fails, and of any other what "
    "is optional does not hinder.  [default: all that it offers]",
)
@run_dir_option("Folder of this run.")
@API_REPLICAS
@worker_replicas_option(2)
@click.option(
    "--lanes",
    type=click.IntRange(1, 16),
    help="Deployments to run the suite on side by side.  [default: 2 for the reference server on a "
    "stack of its own, else 1]",
)
@click.option("--load-seconds", type=click.IntRange(0, 3600), help="Length of the load; 0: none.")
@click.option("--load-users", type=click.IntRange(1, 10_000), default=16, show_default=True)
def certify(
    only: tuple[str, ...],
    profiles: str | None,
    lanes: int | None,
    load_seconds: int | None,
    load_users: int,
    **target: Any,
) -> None:
    """Run the whole suite with faults and load against a target, and write the reports.

    Without --url, --image and --command the target is the reference server that comes along.
    """
    from rich.console import Console

    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.certification import Certification, Plan
    from onceproof.conformance.runner.lanes import default as default_lanes
    from onceproof.conformance.runner.load import LoadPlan
    from onceproof.conformance.stacks.uris import redact_words
    from onceproof.reports.progress import Progress
    from onceproof.reports.terminal import print_summary

    options = Options(**target)
    seconds = (0 if only else 20) if load_seconds is None else load_seconds
    again = redact_words(shlex.join(["onceproof", *sys.argv[1:]]))
    load = LoadPlan(seconds, load_users)
    declared = tuple(name.strip().lower() for name in profiles.split(",")) if profiles else ()
    plan = Plan(options, only, load, again, lanes or default_lanes(options, only), declared)
    console = Console()
    with Progress(console) as progress:
        results, files = Certification(plan, progress).certify()
    print_summary(results, files, console)
    sys.exit(results.exit_status)
