"""Lanes: the suite on several deployments of the target side by side, each with a lane of its own.

Most of a certification is waiting: for leases to pass, for processes to start, for a buffer to
expire. Tests that share a target cannot overlap while one of them kills it, so each lane has all
of its own: stack, target, sink and history, below `<run folder>/lanes/<name>`. pytest-xdist deals
the tests out. What tests share must stay together: those of one file, and those of one second
deployment, go to the same lane.

A history is judged by itself: a fault in one lane excuses nothing in another.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from conformance.options import Options
from conformance.plugin import ids_of

FOLDER = "lanes"
TESTS = "tests.json"

#: Fixtures that start a deployment for more than one file.
DEPLOYMENTS = ("small", "one_slot", "hasty_api")

#: More than this take longer on two cores.
SIDE_BY_SIDE = 2


def default(options: Options, only: Sequence[str]) -> int:
    """How many lanes, when nobody says: one wherever a second could meet the first.

    A command may keep files or ports of its own, which we know nothing of, and a URL or an
    external stack is one for all. For a few selected tests a second start is not worth it.
    """
    shared = options.urls or options.command or options.stack_kind() == "external"
    return 1 if shared or only else SIDE_BY_SIDE


def lane_of(config: pytest.Config) -> str | None:
    """The name of the lane that this pytest process is; None for one that runs all tests."""
    worker = getattr(config, "workerinput", None)
    return worker["workerid"] if worker is not None else None


def arguments(options: Options, folder: Path, lanes: int) -> list[str]:
    """What pytest is told so that it certifies the target of `options` in `lanes` lanes."""
    given = ["-n", str(lanes), "--dist", "loadgroup", "--max-worker-restart", "0"]
    given += ["--run-dir", str(folder / FOLDER)]
    given += [part for url in options.urls for part in ("--target-url", url)]
    if options.command:
        given += ["--target-command", options.command]
    if options.stack:
        given += ["--stack", options.stack]
    given += ["--api-replicas", str(options.api_replicas)]
    return [*given, "--worker-replicas", str(options.worker_replicas)]


def keep_together(items: Sequence[pytest.Item]) -> None:
    """Mark what must not be dealt to different lanes."""
    for item in items:
        shared = [name for name in DEPLOYMENTS if name in getattr(item, "fixturenames", ())]
        group = shared[0] if shared else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


def plain(nodeid: str) -> str:
    """The id of a test without the group that pytest-xdist appends to it."""
    test, at, group = nodeid.rpartition("@")
    return test if at and "]" not in group else nodeid


def note_tests(folder: Path, items: Sequence[pytest.Item]) -> None:
    """Write down which tests there are, for the process that deals them out and collects none."""
    known = {plain(item.nodeid): ids_of(item) for item in items}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TESTS).write_bytes(msgspec.json.encode(known))


def noted_tests(folder: Path) -> dict[str, tuple[str, ...]]:
    """The tests that a lane below the run's `folder` wrote down; empty when none came so far."""
    for path in sorted((folder / FOLDER).glob(f"*/{TESTS}")):
        return msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[str, ...]])
    return {}
