"""The checks say of a history, word for word and index for index, what they said of it before."""

import json

import pytest

from tests.checks import said

BEFORE = json.loads(said.FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", said.SEEDS)
def test_the_checks_say_what_they_said_before(seed: int) -> None:
    """If that changed on purpose: `python -m tests.checks.said`."""
    now = json.loads(json.dumps(said.say(seed)))
    assert now.keys() == BEFORE[seed].keys()
    for name, answers in now.items():
        assert answers == BEFORE[seed][name], name
