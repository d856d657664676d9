"""Conditions of a search, and what two of them find together.

A server that heeds one condition of two, or joins them by "or", answers every search that states
one condition correctly. So each pair is asked for of which either condition alone finds more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any


@dataclass(frozen=True)
class Condition:
    """Part of the body of a search, and the names of all items that meet it."""

    body: Mapping[str, Any]
    names: frozenset[str]

    def __and__(self, other: "Condition") -> "Condition":
        """Return the condition that items meet which meet both."""
        return Condition(_merge(self.body, other.body), self.names & other.names)


def condition(body: Mapping[str, Any], *names: str) -> Condition:
    """Return a condition that the items of these names meet."""
    return Condition(body, frozenset(names))


def pair_up(conditions: Iterable[Condition]) -> list[Condition]:
    """Combine each two conditions that ask for different things and of which each finds more."""
    return [
        both
        for one, other in combinations(conditions, 2)
        if _are_apart(one.body, other.body)
        for both in [one & other]
        if both.names not in (one.names, other.names)
    ]


def _are_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether no value of one condition replaces a value of the other."""
    return all(
        isinstance(one[key], Mapping)
        and isinstance(other[key], Mapping)
        and _are_apart(one[key], other[key])
        for key in one.keys() & other.keys()
    )


def _merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    deeper = {key: _merge(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **deeper}
