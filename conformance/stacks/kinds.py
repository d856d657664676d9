"""The kinds of stack: how each is made, and what it offers.

own-servers   its servers belong to the session that opened it, which may break them
databases     further databases and Redis numbers can be added, for further deployments
side-by-side  two sessions that open one each do not meet on it

A kind is a class that derives from `ManagedStack`, and an entry of `STACKS`; its name stands in
`StackName` as well, for target profiles. Each class is imported only when a stack of its kind is
opened, since the clients of Postgres, of Redis and of an engine take longer to load than all the
rest, and the command line needs only the names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from onceproof.conformance.stacks.base import Stack
    from onceproof.conformance.stacks.network import ContainerNetwork

StackName = Literal["embedded", "containers", "external", "none"]
StackCapability = Literal["own-servers", "databases", "side-by-side"]
Make = Callable[[Path, Mapping[str, str], "ContainerNetwork | None"], "Stack"]


def _require_nothing() -> None:
    """What starts nothing on this machine needs nothing of it."""


@dataclass(frozen=True)
class StackKind:
    """One kind: `make(folder, environ, network)` returns a stack that is not yet started.

    `require` raises MissingExtra or StackError if this machine lacks what the kind needs to start.
    """

    make: Make
    offers: frozenset[StackCapability]
    require: Callable[[], None] = _require_nothing


def _require_programs() -> None:
    from onceproof.conformance.stacks import binaries

    binaries.require_programs()


def _make_embedded_stack(
    folder: Path, environ: Mapping[str, str], network: ContainerNetwork | None
) -> Stack:
    from onceproof.conformance.stacks.embedded import EmbeddedStack

    return EmbeddedStack(folder)


def _make_containers(
    folder: Path, environ: Mapping[str, str], network: ContainerNetwork | None
) -> Stack:
    from onceproof.conformance.stacks.containers import ContainerStack

    return ContainerStack(environ, network)


def _make_external(
    folder: Path, environ: Mapping[str, str], network: ContainerNetwork | None
) -> Stack:
    from onceproof.conformance.stacks.external import ExternalStack

    return ExternalStack(environ)


def _make_none(folder: Path, environ: Mapping[str, str], network: ContainerNetwork | None) -> Stack:
    from onceproof.conformance.stacks.managed import NoStack

    return NoStack()


#: In the order in which `--help` lists them.
STACKS: dict[str, StackKind] = {
    "embedded": StackKind(
        _make_embedded_stack,
        frozenset({"own-servers", "databases", "side-by-side"}),
        _require_programs,
    ),
    "containers": StackKind(
        _make_containers, frozenset({"own-servers", "databases", "side-by-side"})
    ),
    "external": StackKind(_make_external, frozenset({"databases"})),
    "none": StackKind(_make_none, frozenset({"side-by-side"})),
}


def stacks_that_offer(capability: StackCapability) -> list[str]:
    """Return the names of the kinds with this capability, in the order of `STACKS`."""
    return [name for name, kind in STACKS.items() if capability in kind.offers]
