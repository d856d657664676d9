"""Sequential objects: a server's own must not be distinguishable from them.

An unknown result (None for an operation that returned nothing) is one that any state allows.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from onceproof.conformance.checks.search.linearize import Model, Op
from onceproof.conformance.history.vocabulary import ABSENT


@dataclass(frozen=True)
class Item:
    """An item of the store: `put` a value, `get` it, `delete` it; values are digests."""

    initial: Any = ABSENT
    reads: ClassVar[frozenset[str]] = frozenset({"get"})

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
    reads: ClassVar[frozenset[str]] = frozenset({"get"})

    def step(self, state: Versions, op: Op) -> tuple[bool, Versions]:
        newest, current = state
        if op.kind == "update":
            return op.result in (None, newest + 1), (newest + 1, newest + 1)
        if op.kind == "latest":
            return op.arg <= newest, (newest, op.arg)
        return op.result == current, state


OPEN, GONE = "open", "gone"


@dataclass(frozen=True)
class Ending:
    """The end of a run: nobody sees the moment of it, so `end` is an operation of the server's own.

    A `read` shows one of the statuses of a run that is open, or how it ended. `over` says that it
    has ended, as a cancel does that waited or came too late; after `delete` there is no run.
    """

    open_statuses: frozenset[str]
    initial: str = OPEN
    reads: ClassVar[frozenset[str]] = frozenset({"read", "over"})

    def step(self, state: str, op: Op) -> tuple[bool, str]:
        if op.kind == "end":
            return state == OPEN, op.arg
        if op.kind == "delete":
            return True, GONE
        if op.kind == "over":
            return state != OPEN, state
        return (OPEN if op.result in self.open_statuses else op.result) == state, state


UNKNOWN, SOMETHING = "unknown", "something"


@dataclass(frozen=True)
class Identity:
    """An id, and what is called by it, which the time of its creation tells from what was before.

    `make` creates it where nothing is, and `taken` says that something was. `see` shows what is
    there, `appear` brings to light what nobody had seen yet, and `ensure` creates something unless
    it is there. Whether the id was free at first nobody knows.
    """

    initial: str = UNKNOWN
    reads: ClassVar[frozenset[str]] = frozenset({"see", "taken"})

    def step(self, state: str, op: Op) -> tuple[bool, str]:
        free = state in (UNKNOWN, ABSENT)
        made = op.result or SOMETHING
        if op.kind == "make":
            return free, made
        if op.kind == "appear":
            return free or state == SOMETHING, made
        if op.kind == "see":
            return state == op.result, state
        if op.kind == "delete":
            return True, ABSENT
        return op.kind == "ensure" or state != ABSENT, SOMETHING if free else state


MODELS: dict[str, Model] = {"store": Item(), "assistant": Versioned()}

#: What a key is used by, as the history calls it.
OPERATIONS = frozenset(
    {"store.put", "store.get", "store.delete"}
    | {"assistant.update", "assistant.latest", "assistant.get"}
)
