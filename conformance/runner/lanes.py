"""Lanes: the suite on several deployments of the target side by side, each with a lane of its own.

Most of a certification is waiting: for leases to pass, for processes to start, for a buffer to
expire. Tests that share a target cannot overlap while one of them kills it, so each lane has all
of its own: stack, target, sink and history, below `<run folder>/lanes/<name>`. pytest-xdist deals
the tests out, in groups: what tests share, a file or a second deployment, is in one lane only. A
fixture that starts such a deployment says so where it is defined, by `in_one_lane`.

A history is judged by itself: a fault in one lane excuses nothing in another.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import LANES
from onceproof.conformance.runner.arguments import as_arguments
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.stacks import stacks_that_offer

TESTS = "tests.json"

#: Under which a lane says at its end why it could not go on.
FAILURE = "onceproof-failure"

#: More than this take longer on two cores.
SIDE_BY_SIDE = 2

F = TypeVar("F", bound=Callable[..., object])


def default_lanes(options: Options, only: Sequence[str]) -> int:
    """Return the number of lanes if none is given: one wherever a second could meet the first.

    A command may keep files or ports of its own that we do not know about, and a URL or an
    external stack is one for all. For a few selected tests a second start is not worth it.
    """
    own = options.stack_kind() in stacks_that_offer("own-servers")
    unknown = options.urls or (options.command and not options.image)
    return SIDE_BY_SIDE if own and not unknown and not only else 1


def refuse_shared_stack(options: Options, count: int, option: str) -> None:
    """Refuse lanes on one stack by a UsageError that names the `option` which asks for them."""
    if count > 1 and options.stack_kind() not in stacks_that_offer("side-by-side"):
        raise UsageError(
            f"{option} {count} needs a stack for each lane, but DATABASE_URI and REDIS_URI "
            f"name a single one: use {option} 1 or another --stack"
        )


def refuse_shared_target(options: Options, count: int, option: str) -> None:
    """Refuse several sessions on one server by a UsageError that names the `option` which asks.

    They would cancel each other's runs, empty one Redis, and judge histories that are not whole.
    """
    refuse_shared_stack(options, count, option)
    if count > 1 and options.urls:
        raise UsageError(
            f"{option} {count} starts a session in each process, but --url names a single server "
            f"for all of them: leave out {option}; for a server that it starts itself, `onceproof "
            "certify --lanes` gives each lane a deployment of its own"
        )


def lane_of(config: pytest.Config) -> str | None:
    """Return the name of the lane that this pytest process is; None if it runs all tests."""
    worker = getattr(config, "workerinput", None)
    return worker["workerid"] if worker is not None else None


def lane_arguments(options: Options, folder: Path, lanes: int) -> list[str]:
    """Return the arguments with which pytest certifies the target of `options` in lanes."""
    return [
        *("-n", str(lanes), "--dist", "loadgroup", "--max-worker-restart", "0"),
        *("--onceproof-run-dir", str(folder / LANES)),
        *as_arguments(options, for_lanes=True),
    ]


def in_one_lane(fixture: F) -> F:
    """Mark the function of a fixture whose deployment tests of several files share."""
    fixture.in_one_lane = True  # type: ignore[attr-defined]
    return fixture


def group_tests(items: Sequence[pytest.Item]) -> None:
    """Tell xdist which tests belong together: those that share a deployment, else those of a file.

    xdist appends the group to the ids of the tests, see `plain_id`.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))


def group_of(item: pytest.Item) -> str:
    """Return the name of the deployment that the test shares with other files, else its file."""
    definitions = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    for name in getattr(item, "fixturenames", ()):
        if any(getattr(each.func, "in_one_lane", False) for each in definitions.get(name, ())):
            return name
    return item.nodeid.partition("::")[0]


def plain_id(nodeid: str) -> str:
    """Return the id of a test without the group that xdist has appended, if it has."""
    return nodeid.rpartition("@")[0] if nodeid.rfind("@") > nodeid.rfind("]") else nodeid


def save_tests(lane: Path, items: Sequence[pytest.Item]) -> None:
    """Write down the requirements of each test, for the certification that deals the tests out.

    That process collects none itself. The file, the same from every lane, lies in the run's folder
    and not in the lane's: a lane that is dealt no test has no history, and so must have no folder.
    """
    if lane.parent.name == LANES:
        tests = {item.nodeid: ids_of(item) for item in items}
        (lane.parents[1] / TESTS).write_bytes(msgspec.json.encode(tests))


def load_tests(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the requirements of each test of the run in `folder`, as its lanes wrote them down.

    Empty if no lane has come that far.
    """
    path = folder / TESTS
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[str, ...]])
