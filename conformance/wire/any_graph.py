"""The graph of whoever asks for no special one: a probe, or the operator's own.

Some tests need no more than a graph that ends: to make an assistant of, to put a run of it into the
queue, to see its webhook called. They name `any_graph()`. In field mode on a target without probes
that is the assistant of the operator, whose runs get the operator's inputs, and no more of those
than may be.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.probes import ANY, ASKED, ProbeGuard

PROBE = "echo"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Spent(Exception):
    """No run may be created any more."""


@dataclass
class OwnGraph:
    """The operator's assistant, and its inputs in turn: from number `first` on, `limit` at most."""

    name: str
    inputs: Sequence[Any]
    first: int = 0
    limit: int = 0
    dealt: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether every run that may be has been asked for."""
        return self.dealt >= self.limit

    def deal(self) -> tuple[int, Any]:
        """Return the number of the next run and its input; Spent if there may be none."""
        if self.is_spent:
            raise Spent
        number = self.first + self.dealt
        self.dealt += 1
        return number, self.inputs[number % len(self.inputs)]


_own: OwnGraph | None = None


def any_graph() -> str:
    """Return the name of a graph that ends, of which no more is to be expected."""
    ASKED.add(ANY)
    return _own.name if _own else PROBE


def name_any_graph(body: Mapping[str, Any]) -> Json:
    """Return a body that names `any_graph()` wherever it named PROBE."""
    return {name: any_graph() if value == PROBE else value for name, value in body.items()}


def is_own(name: str) -> bool:
    """Return whether a graph is the operator's, or an assistant, of which there are no others.

    A deployment that a test makes for itself has graphs of its own, by names of its own.
    """
    return _own is not None and (name == _own.name or ID.fullmatch(name) is not None)


def any_input(guard: ProbeGuard, probe: Mapping[str, Any]) -> Any:
    """Return an input for `any_graph()`: that for the `probe`, or the next one of the operator.

    Refuses, as `guard` does, once the operator's runs are used up.
    """
    if _own is None:
        return dict(probe)
    if _own.is_spent:
        guard.refuse(
            f"the suite has had its {_own.limit} runs of {_own.name!r}: give more with --max-runs"
        )
    return _own.deal()[1]


@contextmanager
def lend(own: OwnGraph | None) -> Iterator[None]:
    """Let `any_graph()` be the operator's for a while."""
    global _own
    before, _own = _own, own
    try:
        yield
    finally:
        _own = before
