"""What comes back from the database as something else is named; what an application raised, too."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from onceproof.reference_impl.core.checkpoints.round_trip import describe_type, find_changes
from onceproof.reference_impl.core.place import find_place


class Prices(dict[str, int]):
    """A class of an application that the serializer takes for a dict."""


class Colour(Enum):
    RED = 1


@dataclass
class Point:
    inner: Any


def name_changed(value: Any) -> list[tuple[str, str]]:
    serde = JsonPlusSerializer()
    back = serde.loads_typed(serde.dumps_typed(value))
    return [(was.__name__, now.__name__) for was, now in find_changes(value, back)]


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (Prices(a=1), [("Prices", "dict")]),
        ({"deep": [Prices()]}, [("Prices", "dict")]),
        (Point(Prices()), [("Prices", "dict")]),
        (Counter("aab"), [("Counter", "dict")]),
        (Point(Colour.RED), []),
        ({"plain": [1, (2, 3), {4}]}, []),
    ],
)
def test_a_type_that_does_not_survive_is_named(value: Any, changed: list[tuple[str, str]]) -> None:
    assert name_changed(value) == changed


def test_a_type_is_named_with_its_file() -> None:
    assert describe_type(Prices) == "Prices (test_round_trip.py)"
    assert describe_type(dict) == "dict"


def leave() -> None:
    sys.exit(3)


def fail() -> None:
    raise ValueError("no")


@pytest.mark.parametrize("raising", [leave, fail])
def test_the_place_is_that_in_the_application(raising: Callable[[], None]) -> None:
    with pytest.raises(BaseException) as raised:
        raising()
    place = find_place(raised.value)
    assert place is not None
    assert place.startswith(__file__)
    assert place.endswith(f"in {raising.__name__}")


def test_what_is_raised_in_a_library_is_placed_where_it_was_called() -> None:
    with pytest.raises(TypeError) as raised:
        JsonPlusSerializer().dumps_typed(leave)
    place = find_place(raised.value)
    assert place is not None
    assert place.endswith("in test_what_is_raised_in_a_library_is_placed_where_it_was_called")
