"""Whatever a graph's state holds can be encoded, so that no run is kept from ending by it."""

import dataclasses
import enum
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.reference_impl.encoding import dumps


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Box:
    inside: dict[Any, Any]


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def cycle() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "state, plain",
    [
        ({(1, 2): 3}, {"(1, 2)": 3}),
        ({b"k": 4}, {"k": 4}),
        ({7: "a", None: "b", True: "c", (): "d"}, {"7": "a", "null": "b", "true": "c", "()": "d"}),
        ({Colour.RED: Colour.RED, (): 1}, {"red": "red", "()": 1}),
        ({"box": Box({(1,): 2**70})}, {"box": {"inside": {"(1,)": float(2**70)}}}),
        ({"box": Unspeakable()}, {"box": "<Unspeakable>"}),
        ({("at",): datetime(2026, 1, 2, tzinfo=UTC)}, {"('at',)": "2026-01-02T00:00:00+00:00"}),
    ],
)
def test_what_json_does_not_have_becomes_text(state: Any, plain: Any) -> None:
    assert orjson.loads(dumps(state)) == plain


def test_a_state_that_contains_itself_is_cut() -> None:
    assert b"nested too deeply" in dumps({"loop": cycle()})


keys = st.one_of(st.text(), st.integers(), st.binary(), st.none(), st.tuples(st.integers()))
states = st.recursive(
    st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.binary(), st.sets(st.text())),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(keys, inner)),
)


def texts(value: Any) -> Iterator[str]:
    """Walk over every key and text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value:
            yield from texts(inner)
        if isinstance(value, dict):
            yield from texts(list(value.values()))


@given(states)
def test_anything_is_encoded_as_json_that_postgres_can_store(state: Any) -> None:
    assert "\x00" not in "".join(texts(orjson.loads(dumps(state))))
