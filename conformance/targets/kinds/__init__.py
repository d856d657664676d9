"""The kinds of target that we start: a module of this folder each, found by being there.

A kind's module has its class, which derives from `StartedTarget` and lists its `capabilities`, and
`make`, which makes one from a `TargetPlan`. It is called by the field of `Options` whose option
names it, and imported only when one is started: the client of a container engine takes longer to
load than the rest of a session.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onceproof.conformance.stacks import Stack
from onceproof.conformance.targets.base import ReplicaCounts

if TYPE_CHECKING:
    from onceproof.conformance.stacks.network import ContainerNetwork
    from onceproof.conformance.targets.started import StartedTarget

KINDS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")))


@dataclass(frozen=True, kw_only=True)
class TargetPlan:
    """Everything that a target can be made from; each kind takes what it needs.

    `named` is the value of the option that names the kind, such as an image; `worker_command`
    starts the workers if `command` does not, `first` is run before any replica, and `install` says
    how to get the server, for the messages.
    """

    named: str | None
    stack: Stack
    folder: Path
    env: Mapping[str, str]
    counts: ReplicaCounts
    env_of: Callable[[str], Mapping[str, str]]
    command: str | None = None
    worker_command: str | None = None
    first: str | None = None
    install: str | None = None
    health: str | None = None
    in_turn: bool = False
    network: "ContainerNetwork | None" = None


def choose_kind(named: Sequence[str]) -> str:
    """Return the kind to start, of those whose options are given.

    A command beside another kind is what that one starts; without any it is the reference server.
    """
    others = [kind for kind in named if kind != "command"]
    return (others or [*named] or ["reference"])[0]


def make_target(kind: str, plan: TargetPlan) -> "StartedTarget[Any]":
    """Make a target of this kind; it is not started yet."""
    return import_module(f"{__name__}.{kind}").make(plan)
