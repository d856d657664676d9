"""Lanes: the suite on several deployments of the target side by side, each with a lane of its own.

Most of a certification is waiting: for leases to pass, for processes to start, for a buffer to
expire. Tests that share a target cannot overlap while one of them kills it, so each lane has all
of its own: stack, target, sink and history, below `<run folder>/lanes/<name>`. pytest-xdist deals
the tests out, in groups: what tests share, a file or a second deployment, is in one lane only.

A history is judged by itself: a fault in one lane excuses nothing in another.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from xdist.scheduler import LoadScopeScheduling

from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import LANES
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.runner.target_options import TARGET, words
from onceproof.conformance.stacks import stacks_that_offer

TESTS = "tests.json"

#: Fixtures that start a deployment for more than one file.
DEPLOYMENTS = ("small", "one_slot", "hasty_api", "callers")

#: More than this take longer on two cores.
SIDE_BY_SIDE = 2


def default(options: Options, only: Sequence[str]) -> int:
    """How many lanes, when nobody says: one wherever a second could meet the first.

    A command may keep files or ports of its own, which we know nothing of, and a URL or an
    external stack is one for all. For a few selected tests a second start is not worth it.
    """
    own = options.stack_kind() in stacks_that_offer("own-servers")
    unknown = options.urls or (options.command and not options.image)
    return SIDE_BY_SIDE if own and not unknown and not only else 1


def lane_of(config: pytest.Config) -> str | None:
    """The name of the lane that this pytest process is; None for one that runs all tests."""
    worker = getattr(config, "workerinput", None)
    return worker["workerid"] if worker is not None else None


def arguments(options: Options, folder: Path, lanes: int) -> list[str]:
    """What pytest is told so that it certifies the target of `options` in `lanes` lanes."""
    given = ["-n", str(lanes), "--dist", "loadscope", "--max-worker-restart", "0"]
    given += ["--run-dir", str(folder / LANES)]
    return given + words((each.name, getattr(options, each.field)) for each in TARGET)


class Noted(msgspec.Struct):
    """What a lane writes down of each test, for the process that deals them out."""

    requirements: tuple[str, ...]
    group: str


def note_tests(folder: Path, items: Sequence[pytest.Item]) -> None:
    """Write down which tests there are; the process that deals them out collects none itself."""
    noted = {item.nodeid: Noted(ids_of(item), _group(item)) for item in items}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TESTS).write_bytes(msgspec.json.encode(noted))


def noted_tests(folder: Path) -> dict[str, Noted]:
    """The tests that a lane below the run's `folder` wrote down; empty when none came so far."""
    for path in sorted((folder / LANES).glob(f"*/{TESTS}")):
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Noted])
    return {}


class Dealer:
    """A pytest plugin: deals the tests of the run in `folder` to its lanes, group by group."""

    def __init__(self, folder: Path):
        self._folder = folder

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> "_ByGroup":
        return _ByGroup(config, log, self._folder)


class _ByGroup(LoadScopeScheduling):
    def __init__(self, config: pytest.Config, log: Any, folder: Path):
        super().__init__(config, log)
        self._folder = folder
        self._noted: dict[str, Noted] = {}

    def _split_scope(self, nodeid: str) -> str:
        # All lanes have collected, and so written, before the first test is dealt.
        self._noted = self._noted or noted_tests(self._folder)
        return self._noted[nodeid].group


def _group(item: pytest.Item) -> str:
    shared = [name for name in DEPLOYMENTS if name in getattr(item, "fixturenames", ())]
    return shared[0] if shared else item.nodeid.partition("::")[0]
