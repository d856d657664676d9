"""`onceproof serve`: the reference server, to try things by hand, with the user's own graphs."""

from pathlib import Path

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.target_options import target_options
from onceproof.conformance.errors import UsageError

_APP = "Your own graphs: a langgraph.json, or its folder.  [default: the probe graphs]"
_PORT = "Where the API listens, with --app; further replicas take the next.  [default: a free port]"
_APIS = "API processes, with --app.  [default: 1]"
_WORKERS = "Worker processes, with --app.  [default: 2]"


@click.command()
@option("--app", type=click.Path(path_type=Path), metavar="FILE", help=_APP)
@option("--port", type=click.IntRange(1, 65535), metavar="PORT", help=_PORT)
@option("--api-replicas", "apis", type=click.IntRange(1), metavar="N", help=_APIS)
@option("--worker-replicas", "workers", type=click.IntRange(1), metavar="N", help=_WORKERS)
@target_options("serve")
def serve(
    app: Path | None,
    port: int | None,
    apis: int | None,
    workers: int | None,
    stack: str | None,
    run_dir: Path | None,
) -> None:
    """Run the reference server on a stack of its own until Ctrl-C, to try things by hand.

    With --app it hosts the graphs of your application.
    """
    from onceproof.conformance.stopping import heed_signals, stop_request

    if app is None and (port or apis or workers):
        raise UsageError(
            "--port, --api-replicas and --worker-replicas are for your own graphs: add --app"
        )
    with heed_signals():
        if app is not None:
            _serve_app(app, port, (apis or 1, workers or 2), (stack, run_dir))
        else:
            _serve_probes(stack, run_dir)
        stop_request.check()


def _serve_probes(stack: str | None, run_dir: Path | None) -> None:
    from onceproof.conformance.options import Options
    from onceproof.conformance.session import Session
    from onceproof.conformance.stopping import stop_request

    options = Options(stack=stack, run_dir=run_dir)
    with Session(options, click.echo) as session:
        for url in session.target.urls:
            click.echo(f"serving at {url}")
        click.echo(f"logs and data in {session.folder}; Ctrl-C stops it")
        stop_request.wait()


def _serve_app(
    path: Path, port: int | None, counts: tuple[int, int], place: tuple[str | None, Path | None]
) -> None:
    from onceproof.conformance.app.manifest import read_manifest
    from onceproof.conformance.app.server import AppServer
    from onceproof.conformance.options import Options
    from onceproof.conformance.stopping import stop_request
    from onceproof.conformance.targets.base import ReplicaCounts

    manifest = read_manifest(path)
    options = Options(stack=place[0] or "embedded", run_dir=place[1])
    kind = options.stack_kind()
    replicas = ReplicaCounts(*counts)
    with AppServer(manifest, options.folder(), stack=kind, counts=replicas, port=port) as server:
        for url in server.urls:
            click.echo(f"serving at {url}")
        click.echo(f"it hosts {', '.join(manifest.graphs)} of {manifest.path}")
        click.echo(f"logs and data in {server.folder}; Ctrl-C stops it")
        stop_request.wait()
