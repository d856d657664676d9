"""Whatever a target answers becomes a record of the kind that the schema names."""

import json
from typing import Any

import pytest

from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.sanitise import LONGEST, fields, number, text
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.subscriptions import tick_of

ODD: list[Any] = [None, True, 1.5, "x", [], ["a"], {}, {"a": 1}, 10**30, -1]


def test_a_text_is_a_text_or_the_beginning_of_its_json() -> None:
    assert [text(each) for each in (None, "success", ["a"], 7)] == [None, "success", '["a"]', "7"]
    assert len(text(["x" * 10 * LONGEST]) or "") == LONGEST


def test_what_is_no_ordinary_number_is_not_there() -> None:
    assert [number(each) for each in (*ODD, 0, 7)] == [None] * 9 + [-1, 0, 7]


def test_what_is_no_object_has_no_fields() -> None:
    assert [fields(each) for each in ODD if not isinstance(each, dict)] == [{}] * 8
    assert fields({"a": 1}) == {"a": 1}


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_tick_has_fields_of_their_kinds(odd: Any) -> None:
    tick = dict.fromkeys(("nonce", "total", "token", "h"), odd) | {"seq": 1}
    shown = tick_of(SseEvent("custom", json.dumps(tick).encode(), None, 0, 0))

    assert shown["seq"] == 1
    assert all(type(shown[name]) in (int, type(None)) for name in ("total", "token"))
    assert all(isinstance(shown[name], str | None) for name in ("nonce", "h"))


@pytest.mark.parametrize("odd", [each for each in ODD if type(each) is not int], ids=repr)
def test_without_a_number_it_is_no_tick(odd: Any) -> None:
    data = json.dumps({"nonce": "n", "seq": odd}).encode()
    assert tick_of(SseEvent("custom", data, None, 0, 0)) == {}


@pytest.mark.parametrize("name", ["nonce", "i", "token"])
def test_a_log_whose_entries_are_odd_is_no_ledger(name: str) -> None:
    entry: dict[str, Any] = {"nonce": "n", "i": 0, "token": 1}
    assert ledger_of({"log": [entry]}) == [entry]
    assert ledger_of({"log": [entry | {name: ["a"]}]}) is None
