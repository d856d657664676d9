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
from onceproof.conformance.stacks.kinds import STACKS, StackCapability, stacks_that_offer
from onceproof.conformance.stacks.levers import StackLevers

if TYPE_CHECKING:
    from onceproof.conformance.stacks.network import ContainerNetwork

__all__ = [
    "STACKS",
    "Stack",
    "StackCapability",
    "StackLevers",
    "default_kind",
    "describe_half",
    "open_stack",
    "stacks_that_offer",
]


def default_kind(environ: Mapping[str, str]) -> str:
    """Return the kind to use when none is named: external if both URIs are in `environ`."""
    from onceproof.conformance.stacks.external import (
        DATABASE_VARIABLES,
        REDIS_VARIABLES,
        find_variable,
    )

    both = find_variable(DATABASE_VARIABLES, environ) and find_variable(REDIS_VARIABLES, environ)
    return "external" if both else "embedded"


def describe_half(environ: Mapping[str, str]) -> str | None:
    """Return a sentence about a stack of which `environ` names one half; None if that is not so.

    Who sets DATABASE_URI means that database, but a target needs both, and a foreign database is
    not to be paired with a Redis of ours behind anybody's back.
    """
    from onceproof.conformance.stacks.external import (
        DATABASE_VARIABLES,
        REDIS_VARIABLES,
        find_variable,
    )

    database = find_variable(DATABASE_VARIABLES, environ)
    redis = find_variable(REDIS_VARIABLES, environ)
    if bool(database) == bool(redis):
        return None
    missing = "REDIS_URI" if database else "DATABASE_URI"
    return (
        f"{database or redis} is set but {missing} is not, so neither is used: "
        "set both, or name another --stack"
    )


def open_stack(
    kind: str | None,
    folder: Path,
    environ: Mapping[str, str],
    network: "ContainerNetwork | None" = None,
) -> Stack:
    """Return a stack that is not yet started: `with open_stack(...) as stack`, or `start()`.

    What the stack writes goes below `folder`. In a `network` it is reached by containers as well.
    """
    kind = kind or default_kind(environ)
    if kind not in STACKS:
        raise UsageError(f"unknown --stack {kind!r}; choose one of {', '.join(STACKS)}")
    return STACKS[kind].make(folder, environ, network)
