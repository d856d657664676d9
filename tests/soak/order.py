"""The suite's tests in the order of a seed, as a plugin of pytest.

Files change places, and tests within their file: a file's fixtures are made once, as ever. Tests of
several files that share a deployment stay together for the same reason. Every lane has the same
order, since each of them has the same seed.
"""

import os
from collections.abc import Sequence
from random import Random

import pytest

from onceproof.conformance.runner.lanes import group_of

SEED = "ONCEPROOF_SOAK_SEED"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = shuffle(items, int(os.environ[SEED]))


def shuffle(items: Sequence[pytest.Item], seed: int) -> list[pytest.Item]:
    """Return the tests in the order of a seed: groups change places, and files within them."""
    dice = Random(seed)
    groups: dict[str, dict[str, list[pytest.Item]]] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        groups.setdefault(group_of(item), {}).setdefault(file, []).append(item)
    for files in groups.values():
        for tests in files.values():
            dice.shuffle(tests)
    return [test for files in _mix(groups, dice) for tests in _mix(files, dice) for test in tests]


def _mix(named: dict[str, object], dice: Random) -> list:
    values = list(named.values())
    dice.shuffle(values)
    return values
