"""`onceproof doctor`: what can be judged of a running server, and what is in the way."""

import asyncio
import sys
from typing import Any

import click

from onceproof.conformance.commands.target_options import target_options


@click.command()
@target_options("doctor")
def doctor(**target: Any) -> None:
    """Look at a running server before it is certified: one line for each question, and what to do.

    Exit status 0: it can be certified, maybe not in all parts; 64: it asks for something that an
    option has to say; 69: it is not reachable, no Agent Server, or executes nothing.
    """
    from onceproof.conformance.access import use_way
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.guest import Guest, Mark, use_guest
    from onceproof.conformance.options import Options

    options = Options(**target)
    if not options.urls:
        raise UsageError("doctor looks at a running server: name it by --url or --levers")
    if options.found is not None:
        click.echo(options.found.says)
    with use_way(options.way) as way, use_guest(Guest(Mark(), exclusive=False)):
        way.check()
        sys.exit(asyncio.run(_examine(options)))


async def _examine(options: Any) -> int:
    from onceproof.conformance.preflight import examine
    from onceproof.conformance.preflight.finding import STATUSES
    from onceproof.reports.text import visible

    status, shown = 0, ""
    async for url, name, finding in examine(options):
        if len(options.urls) > 1 and url != shown:
            click.echo(url)
        shown = url
        click.echo(visible(finding.line(name)))
        status = max(status, STATUSES.get(finding.outcome, 0))
    return status
