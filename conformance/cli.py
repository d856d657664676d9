"""`onceproof`: the command line. Every refusal is one sentence; statuses are in `errors`."""

import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import click
import psutil
from rich.console import Console

from conformance.chaos.command import chaos
from conformance.errors import CERTIFIED, FAILED, INTERRUPTED, USAGE, OnceproofError
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


#: An option that several commands take.
PROFILE = click.option(
    "--target-profile",
    metavar="NAME|FILE",
    help="What is known of the target: timings, how it starts, known deviations. A TOML file, or "
    "one that comes along: reference, langgraph-dev, langgraph-js, aegra.",
)


@cli.command()
@click.option("--url", "urls", multiple=True, help="A running server; again for each replica.")
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
@click.option(
    "--env",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A variable for a server started here; again for each. Without a value: as it is here.",
)
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
@click.option(
    "--stack",
    type=click.Choice(KINDS),
    help="Postgres and Redis for a server started here.  [default: external if DATABASE_URI and "
    "REDIS_URI are set, else embedded, or containers with --image; none with --url]",
)
@click.option("--only", multiple=True, metavar="ID", help="Only requirements whose id starts so.")
@click.option(
    "--profiles",
    metavar="NAME,...",
    help="Declare what the target offers: one of these that is absent fails, and of any other what "
    "is optional does not hinder.  [default: all that it offers]",
)
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
    from conformance.certification import Certification, Plan
    from conformance.lanes import default as default_lanes
    from conformance.loading import LoadPlan
    from conformance.options import Options
    from conformance.stacks.uris import redact_words
    from reports.progress import Progress
    from reports.terminal import summary

    options = Options(**target)
    seconds = (0 if only else 20) if load_seconds is None else load_seconds
    again = redact_words(shlex.join(["onceproof", *sys.argv[1:]]))
    load = LoadPlan(seconds, load_users)
    declared = tuple(name.strip().lower() for name in profiles.split(",")) if profiles else ()
    plan = Plan(options, only, load, again, lanes or default_lanes(options, only), declared)
    console = Console()
    with Progress(console) as progress:
        results, files = Certification(plan, progress).certify()
    summary(results, files, console)
    sys.exit(results.exit_status)


@cli.command()
@click.option("--url", "urls", multiple=True, help="A running server; again for each replica.")
@click.option("--command", help="A command that starts a server, as for certify.")
@PROFILE
@click.option("--stack", type=click.Choice(KINDS), help="Postgres and Redis for it.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Folder for its data and logs.")
@click.option(
    "--peer",
    help="Another server, measured in the same run: a target profile that comes along, or a "
    "command that starts one without a stack of ours.",
)
def bench(run_dir: Path | None, peer: str | None, **target: Any) -> None:
    """Measure a server: runs, waits, streams and CPU, as ratios to LangGraph itself.

    With --peer also as ratios to another server on the same machine.
    """
    from conformance.options import Options
    from load.bench import against, rows

    own = _measured(Options(run_dir=run_dir, **target))
    for what, figure, ratio in rows(own):
        click.echo(f"{what:<28} {figure:<34} {ratio}")
    if peer:
        folder = run_dir / "peer" if run_dir else None
        other = _measured(_peer(peer, folder))
        for what, figure, ratio in rows(other):
            click.echo(f"{what:<28} {figure:<34} {ratio}")
        click.echo("better than the peer by")
        for what, ratio in against(own, other):
            click.echo(f"{what:<28} {ratio}")


def _peer(named: str, folder: Path | None) -> Any:
    from conformance.options import Options
    from conformance.targets.profile import shipped

    if named in shipped():
        return Options(target_profile=named, run_dir=folder)
    return Options(command=named, stack="none", run_dir=folder)


def _measured(options: Any) -> Any:
    from conformance.session import Session
    from load.bench import measure

    with Session(options, click.echo) as session:
        started_here = [child.pid for child in psutil.Process().children()]
        return measure(session.target.urls, started_here, click.echo)


cli.add_command(chaos)


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
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--only", metavar="CHECK", help="Show what this check finds.")
@click.option(
    "--key", metavar="NONCE", help="Show only what was found of this run or subscription."
)
def recheck(run_dir: Path, only: str | None, key: str | None) -> None:
    """Derive the verdicts of a run again from what it left in RUN_DIR, without the target.

    Exit status 0: the results are those that the run wrote, bit for bit; 10: they differ, or with
    --only or --key: something was found.
    """
    from conformance import rechecking
    from reports.evidence import finding_lines

    if only is None and key is None:
        told = rechecking.differences(run_dir)
        shown = told[: rechecking.SHOWN]
        for line in shown:
            click.echo(line)
        if len(told) > len(shown):
            click.echo(f"and {len(told) - len(shown)} more differences")
        click.echo("the results differ" if told else "the results are the same, bit for bit")
        sys.exit(FAILED if told else CERTIFIED)
    guilty = False
    for verdict, findings in rechecking.findings(run_dir, only, key):
        if only or findings:
            click.echo(verdict)
        for finding in findings:
            click.echo("\n".join(finding_lines(finding)))
        guilty |= bool(findings)
    sys.exit(FAILED if guilty else CERTIFIED)


@cli.command()
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...")
def requirements(prefixes: tuple[str, ...]) -> None:
    """List the requirements and count those that are tested, or explain one by its id."""
    from conformance.register import known, load, select
    from conformance.register.listing import print_counts, print_list, print_one

    if len(prefixes) == 1 and prefixes[0].upper() in load():
        print_one(known(prefixes[0].upper()))
    else:
        chosen = select(prefixes).values()
        print_list(chosen)
        print_counts(chosen)


@cli.group()
def probes() -> None:
    """The graphs that a server must host to be certified."""


@probes.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--target-profile",
    metavar="NAME|FILE",
    default="reference",
    help="Leave out of langgraph.json what this server cannot take.",
)
def export(folder: Path, target_profile: str) -> None:
    """Write the probe graphs into DIR, from where any LangGraph-compatible server hosts them."""
    from conformance.exporting import export_probes
    from conformance.targets.profile import load

    written = export_probes(folder, load(target_profile).start.without).resolve()
    place, config = shlex.quote(str(written.parent)), shlex.quote(str(written))
    click.echo(f"written to {place}, which needs nothing but langgraph; host it, for example by")
    click.echo(f"  cd {place} && langgraph dev --no-browser --no-reload")
    click.echo(f"  cd {place} && langgraph build --tag probes")
    if target_profile == "aegra":
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
