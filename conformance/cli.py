"""`onceproof`: the command line. Every refusal is one sentence; statuses are in `errors`."""

import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import click
import psutil
from rich.console import Console

from conformance.errors import INTERRUPTED, USAGE, OnceproofError
from conformance.stacks import KINDS

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="onceproof")
def cli() -> None:
    """Certify a LangGraph-compatible Agent Server: exactly-once runs and whole streams, under load
    and while things break.

    Exit status of certify: 0 certified, 10 failed, 11 inconclusive, 12 partial, 64 wrong usage,
    69 target or stack unavailable, 70 the harness failed, 130 interrupted.
    """


@cli.command()
@click.option("--url", "urls", multiple=True, help="A running server; again for each replica.")
@click.option(
    "--command",
    help="A command that starts a server; {port}, {role}, {python}, {probes} (the folder of the "
    "langgraph.json to host) and {slots} are filled in.",
)
@click.option(
    "--stack",
    type=click.Choice(KINDS),
    help="Postgres and Redis for a server started here.  [default: external if DATABASE_URI and "
    "REDIS_URI are set, else embedded; none with --url]",
)
@click.option("--only", multiple=True, metavar="ID", help="Only requirements whose id starts so.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Folder of this run.")
@click.option("--api-replicas", default=2, show_default=True, help="API processes to start.")
@click.option("--worker-replicas", default=2, show_default=True, help="Worker processes to start.")
@click.option(
    "--lanes",
    type=click.IntRange(1, 16),
    help="Deployments to run the suite on side by side.  [default: 2 for the reference server on a "
    "stack of its own, else 1]",
)
@click.option("--load-seconds", type=click.IntRange(0, 3600), help="Length of the load; 0: none.")
@click.option("--load-users", type=click.IntRange(1, 10_000), default=16, show_default=True)
def certify(
    urls: tuple[str, ...],
    command: str | None,
    stack: str | None,
    only: tuple[str, ...],
    run_dir: Path | None,
    api_replicas: int,
    worker_replicas: int,
    lanes: int | None,
    load_seconds: int | None,
    load_users: int,
) -> None:
    """Run the whole suite with faults and load against a target, and write the reports.

    Without --url and --command the target is the reference server that comes with onceproof.
    """
    from conformance.certification import Certification, Plan
    from conformance.lanes import default as default_lanes
    from conformance.loading import LoadPlan
    from conformance.options import Options
    from reports.progress import Progress
    from reports.terminal import summary

    options = Options(
        urls=urls,
        command=command,
        stack=stack,
        run_dir=run_dir,
        api_replicas=api_replicas,
        worker_replicas=worker_replicas,
    )
    seconds = (0 if only else 20) if load_seconds is None else load_seconds
    again = shlex.join(["onceproof", *sys.argv[1:]])
    load = LoadPlan(seconds, load_users)
    plan = Plan(options, only, load, again, lanes or default_lanes(options, only))
    console = Console()
    with Progress(console) as progress:
        results, files = Certification(plan, progress).certify()
    summary(results, files, console)
    sys.exit(results.exit_status)


@cli.command()
@click.option("--url", "urls", multiple=True, help="A running server; again for each replica.")
@click.option("--command", help="A command that starts a server, as for certify.")
@click.option("--stack", type=click.Choice(KINDS), help="Postgres and Redis for it.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Folder for its data and logs.")
@click.option(
    "--peer",
    help="A command that starts a server without a stack of ours, measured in the same run.",
)
def bench(
    urls: tuple[str, ...],
    command: str | None,
    stack: str | None,
    run_dir: Path | None,
    peer: str | None,
) -> None:
    """Measure a server: runs, waits, streams and CPU, as ratios to LangGraph itself.

    With --peer also as ratios to another server on the same machine.
    """
    from conformance.options import Options
    from load.bench import against, rows

    own = _measured(Options(urls=urls, command=command, stack=stack, run_dir=run_dir))
    for what, figure, ratio in rows(own):
        click.echo(f"{what:<28} {figure:<34} {ratio}")
    if peer:
        folder = run_dir / "peer" if run_dir else None
        other = _measured(Options(command=peer, stack="none", run_dir=folder))
        for what, figure, ratio in rows(other):
            click.echo(f"{what:<28} {figure:<34} {ratio}")
        click.echo("better than the peer by")
        for what, ratio in against(own, other):
            click.echo(f"{what:<28} {ratio}")


def _measured(options: Any) -> Any:
    from conformance.session import Session
    from load.bench import measure

    with Session(options, click.echo) as session:
        started_here = [child.pid for child in psutil.Process().children()]
        return measure(session.target.urls, started_here, click.echo)


@cli.command()
@click.option("--stack", type=click.Choice(KINDS), help="Postgres and Redis to run it on.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Folder for its data and logs.")
def serve(stack: str | None, run_dir: Path | None) -> None:
    """Run the reference server on a stack of its own until Ctrl-C, to try things by hand."""
    from conformance.options import Options
    from conformance.session import Session

    options = Options(stack=stack, run_dir=run_dir)
    with Session(options, click.echo) as session:
        for url in session.target.urls:
            click.echo(f"serving at {url}")
        click.echo(f"logs and data in {session.folder}; Ctrl-C stops it")
        signal.pause()


@cli.command()
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...")
def requirements(prefixes: tuple[str, ...]) -> None:
    """List the requirements, or explain one by its id."""
    from conformance.register import known, load, select
    from conformance.register.listing import print_list, print_one

    if len(prefixes) == 1 and prefixes[0].upper() in load():
        print_one(known(prefixes[0].upper()))
    else:
        print_list(select(prefixes).values())


@cli.group()
def probes() -> None:
    """The graphs that a server must host to be certified."""


@probes.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Write the probe graphs into DIR, from where any LangGraph-compatible server hosts them."""
    from conformance.exporting import export_probes

    written = export_probes(folder).resolve()
    place, config = shlex.quote(str(written.parent)), shlex.quote(str(written))
    click.echo(f"written to {place}, which needs nothing but langgraph; host it, for example by")
    click.echo(f"  cd {place} && langgraph dev --no-browser --no-reload")
    click.echo(f"  cd {place} && langgraph build --tag probes")
    click.echo(f"  AEGRA_CONFIG={config} uvicorn aegra_api.main:app")


def main(arguments: list[str] | None = None) -> Any:
    """Entry point: turn what goes wrong into one sentence and its exit status."""
    try:
        cli.main(arguments, prog_name="onceproof", standalone_mode=False)
    except click.ClickException as error:
        _tell(error.format_message())
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        _tell("interrupted; everything that was started has been stopped")
        sys.exit(INTERRUPTED)
    except OnceproofError as error:
        _tell(str(error))
        sys.exit(error.exit_status)


def _tell(sentence: str) -> None:
    click.echo(f"onceproof: {sentence}", err=True)
