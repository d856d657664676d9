"""Sequential objects that the server's own must be told from by nobody.

An unknown result (None for an operation that returned nothing) is one that any state allows.
"""

from dataclasses import dataclass
from typing import Any

from conformance.checks.search import Model, Op

ABSENT = "absent"


@dataclass(frozen=True)
class Item:
    """An item of the store: `put` a value, `get` it, `delete` it; values are digests."""

    initial: Any = ABSENT

    def step(self, state: Any, op: Op) -> tuple[bool, Any]:
        if op.kind == "put":
            return True, op.arg
        if op.kind == "delete":
            return True, ABSENT
        return op.result == state, state


Versions = tuple[int, int]


@dataclass(frozen=True)
class Versioned:
    """The versions of an assistant, (newest, current): each `update` makes the next one.

    This is compare-and-set in other words: two updates that both saw version n must not both
    have made n + 1.
    """

    initial: Versions = (1, 1)

    def step(self, state: Versions, op: Op) -> tuple[bool, Versions]:
        newest, current = state
        if op.kind == "update":
            return op.result in (None, newest + 1), (newest + 1, newest + 1)
        if op.kind == "latest":
            return op.arg <= newest, (newest, op.arg)
        return op.result == current, state


MODELS: dict[str, Model] = {"store": Item(), "assistant": Versioned()}

#: What does not change the object: without an answer it says nothing.
READS = frozenset({"get"})
