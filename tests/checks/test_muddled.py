"""What the checks say of a history is the same for ever, however odd it is."""

import json

import pytest

from tests.checks import muddled

BEFORE = json.loads(muddled.FILE.read_text(encoding="utf-8"))


def test_the_digests_are_of_all_seeds() -> None:
    assert len(BEFORE) == len(muddled.SEEDS)


@pytest.mark.parametrize("start", range(0, len(muddled.SEEDS), 20))
def test_a_muddled_history_is_judged_as_before(start: int) -> None:
    """If that changed on purpose: `python -m tests.checks.muddled`."""
    for seed in muddled.SEEDS[start : start + 20]:
        assert muddled.digest(seed) == BEFORE[seed], f"seed {seed}"
