"""Only what the chain probe writes is taken for a ledger."""

from typing import Any

import pytest

from onceproof.conformance.wire.ledger import ledger_of

STEP = {"nonce": "n", "i": 0, "token": 1}


@pytest.mark.parametrize("log", [[], [STEP], [STEP, STEP | {"i": "after", "more": 1}]])
def test_a_list_of_steps_is_a_ledger(log: list[Any]):
    assert ledger_of({"log": log}) == log


@pytest.mark.parametrize(
    "values",
    [None, [STEP], {}, {"log": None}, {"log": ["before"]}, {"log": [STEP, "x"]}, {"log": [{}]}],
)
def test_anything_else_is_none(values: Any):
    assert ledger_of(values) is None
