"""The kinds of target that we start: how each is made from what a session knows.

A kind is a class that derives from `StartedTarget`, with its `capabilities`, an entry of `TARGETS`,
and the option that names it. The class of an image is imported only when one is started: the client
of the engine takes longer to load than the rest of a session.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onceproof.conformance.stacks import Stack
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.command import CommandTarget, EnvOf
from onceproof.conformance.targets.reference import ReferenceTarget
from onceproof.conformance.targets.started import StartedTarget

if TYPE_CHECKING:
    from onceproof.conformance.stacks.network import ContainerNetwork


@dataclass(frozen=True, kw_only=True)
class TargetPlan:
    """Everything that a target can be made from; each kind takes what it needs."""

    stack: Stack
    folder: Path
    env: Mapping[str, str]
    counts: ReplicaCounts
    env_of: EnvOf
    command: str | None = None
    health: str | None = None
    in_turn: bool = False
    image: str | None = None
    network: "ContainerNetwork | None" = None


def _make_reference(plan: TargetPlan) -> ReferenceTarget:
    return ReferenceTarget(
        plan.stack, plan.folder, counts=plan.counts, env=plan.env, env_of=plan.env_of
    )


def _make_command(plan: TargetPlan) -> CommandTarget:
    assert plan.command is not None, "a target of kind 'command' has a command"
    return CommandTarget(
        plan.command,
        plan.stack,
        plan.folder,
        counts=plan.counts,
        env=plan.env,
        env_of=plan.env_of,
        health=plan.health,
        in_turn=plan.in_turn,
    )


def _make_image(plan: TargetPlan) -> StartedTarget[Any]:
    from onceproof.conformance.targets.image import ImageTarget

    assert plan.image is not None, "a target of kind 'image' has an image"
    assert plan.network is not None, "a session of an image starts with its network"
    return ImageTarget(
        plan.image,
        plan.stack,
        plan.network,
        plan.folder,
        command=plan.command,
        counts=plan.counts,
        env=plan.env,
    )


@dataclass(frozen=True)
class TargetKind:
    """One kind: the field of `Options` that asks for it (None: no option does), and its maker."""

    option: str | None
    make: Callable[[TargetPlan], StartedTarget[Any]]


#: The first whose option is given is started: with --image, a --command is its containers'.
TARGETS: dict[str, TargetKind] = {
    "image": TargetKind("image", _make_image),
    "command": TargetKind("command", _make_command),
    "reference": TargetKind(None, _make_reference),
}
