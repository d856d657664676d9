"""`onceproof serve`: the reference server, to try things by hand."""

import signal
from pathlib import Path

import click

from onceproof.conformance.commands.target_options import target_options


@click.command()
@target_options("serve")
def serve(stack: str | None, run_dir: Path | None) -> None:
    """Run the reference server on a stack of its own until Ctrl-C, to try things by hand."""
    from onceproof.conformance.options import Options
    from onceproof.conformance.session import Session

    options = Options(stack=stack, run_dir=run_dir)
    with Session(options, click.echo) as session:
        for url in session.target.urls:
            click.echo(f"serving at {url}")
        click.echo(f"logs and data in {session.folder}; Ctrl-C stops it")
        signal.pause()
