"""PostgreSQL and Redis for targets that we start.

kind         who owns the servers         levers   removed at stop
embedded     we, as child processes       yes      processes and folder
containers   an engine, for us            yes      containers and volumes
external     the user                     no       databases that we added
none         the target itself            no       nothing
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from onceproof.conformance.errors import UsageError
from onceproof.conformance.stacks.base import Stack
from onceproof.conformance.stacks.levers import StackLevers

if TYPE_CHECKING:
    from onceproof.conformance.stacks.network import ContainerNetwork

__all__ = ["KINDS", "Stack", "StackLevers", "default_kind", "open_stack"]

KINDS = ("embedded", "containers", "external", "none")


def default_kind(environ: Mapping[str, str]) -> str:
    """The kind that is taken when none is named: external if both URIs are in `environ`."""
    from onceproof.conformance.stacks.external import DATABASE_VARIABLES, REDIS_VARIABLES, given

    both = given(DATABASE_VARIABLES, environ) and given(REDIS_VARIABLES, environ)
    return "external" if both else "embedded"


def open_stack(
    kind: str | None,
    folder: Path,
    environ: Mapping[str, str],
    network: "ContainerNetwork | None" = None,
) -> Stack:
    """A stack that is not yet started: `with open_stack(...) as stack`, or `start()`.

    What the stack writes goes below `folder`. In a `network` it is reached by containers as well.
    """
    kind = kind or default_kind(environ)
    # Each is imported only when chosen, since the clients of Postgres, of Redis and of an engine
    # load longer than all the rest; who wants the names of the kinds alone needs none of them.
    if kind == "embedded":
        from onceproof.conformance.stacks.embedded import EmbeddedStack

        return EmbeddedStack(folder)
    if kind == "external":
        from onceproof.conformance.stacks.external import ExternalStack

        return ExternalStack(environ)
    if kind == "containers":
        from onceproof.conformance.stacks.containers import ContainerStack

        return ContainerStack(environ, network)
    if kind == "none":
        from onceproof.conformance.stacks.managed import NoStack

        return NoStack()
    raise UsageError(f"--stack {kind!r} is not known; choose one of {', '.join(KINDS)}")
