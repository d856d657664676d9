"""One process of the server: parse, start, serve, drain on SIGTERM or SIGINT, exit.

Exit statuses, after sysexits.h where that has a word for it:

0    stopped in order, after a signal
1    stopped by a second signal, or failed
70   a node held the event loop, or all threads: the process has to be replaced
75   the port, or Postgres or Redis, is in use by another process or deployment; try later
77   the licence key was refused, or could not be authenticated
78   the configuration cannot work: a variable, langgraph.json, or a database out of reach

What can be refused by looking at the configuration alone is refused before the graphs' libraries
are imported, which takes longer than all the rest of a start.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onceproof.reference_impl import config
from onceproof.reference_impl.deployment import licence
from onceproof.reference_impl.errors import EX_CONFIG, CannotStart
from onceproof.reference_impl.logs import write_logs
from onceproof.reference_impl.settings import Settings

if TYPE_CHECKING:
    from onceproof.reference_impl.services import Parts


def main(argv: Sequence[str] | None = None, parts: Parts | None = None) -> int:
    """Run until a signal to stop, or until the start fails, and return the exit status."""
    options = _parser().parse_args(argv)
    write_logs(options.log_level.upper())
    try:
        config.apply_env()
        settings = Settings()  # type: ignore[call-arg]
        # Not closed: that would wait for a node that never ends, and the process is about to.
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        return runner.run(_serve(options, settings, parts))
    except ValidationError as error:
        return _refuse(EX_CONFIG, "; ".join(map(_correction, error.errors())))
    except CannotStart as error:
        return _refuse(error.exit_status, str(error))


def _refuse(status: int, sentence: str) -> int:
    print(f"cannot start: {sentence}", file=sys.stderr)
    return status


def _correction(error: ErrorDetails) -> str:
    """What to do about one variable. Its value is not repeated: it may be a password."""
    variable = str(error["loc"][0]).removesuffix("_CUSTOM")
    if error["type"] == "missing":
        return f"set {variable} in the environment"
    return f"{variable}: {error['msg'].removeprefix('Value error, ')}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reference_impl", description=__doc__)
    parser.add_argument("--role", choices=("api", "worker", "all"), default="all")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)
    parser.add_argument("--log-level", default="info")
    return parser


async def _serve(options: argparse.Namespace, settings: Settings, parts: Parts | None) -> int:
    await licence.authenticate(settings)
    from onceproof.reference_impl.serving import serve

    return await serve(options, settings, parts)
