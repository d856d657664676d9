"""Leases that are too long to be waited for: inconclusive at once, but for what shows at once."""

from types import SimpleNamespace
from typing import Any

import pytest

from onceproof.conformance.suite.kit.recovery import (
    LONGEST_S,
    longer_than_a_lease_s,
    recovery_s,
    wait_for_recovery,
)

pytestmark = pytest.mark.anyio

SHORT_MS, LONG_MS = 2_000, 120_000
REASON = "INCONCLUSIVE: its lease of 120 s is longer than the 30 s waited for"


def session(lease_ms: int, start_s: float = 0.0) -> Any:
    options = SimpleNamespace(lease_ms=lease_ms, sweep_ms=500)
    return SimpleNamespace(options=options, recovery_ms=lease_ms + 1_000, start_s=start_s)


class Shown:
    """Runs with these statuses; `waited_s` is how long they were followed at most."""

    def __init__(self, *statuses: str | None) -> None:
        self.handles: list[Any] = list(range(len(statuses)))
        self.waited_s: list[float] = []
        self._statuses = statuses

    async def status(self, handle: int) -> str | None:
        return self._statuses[handle]

    async def until_terminal(self, handle: int, timeout_s: float) -> str | None:
        self.waited_s.append(timeout_s)
        return "success"


def test_a_short_lease_is_waited_for() -> None:
    assert longer_than_a_lease_s(session(SHORT_MS)) == 3.0
    assert recovery_s(session(SHORT_MS)) == 3.0
    assert recovery_s(session(int(LONGEST_S * 1000))) == LONGEST_S + 1


@pytest.mark.parametrize("wait", [longer_than_a_lease_s, recovery_s])
def test_a_long_one_is_not(wait: Any) -> None:
    with pytest.raises(pytest.skip.Exception, match=REASON):
        wait(session(LONG_MS))


async def test_runs_are_followed_where_the_lease_is_short() -> None:
    runs: Any = Shown("running", None)

    assert await wait_for_recovery(session(SHORT_MS), runs, runs.handles, 20) == [
        "success",
        "success",
    ]
    assert runs.waited_s == [23, 23]


async def test_a_target_that_starts_slowly_is_given_time_to_start_again() -> None:
    """A worker, and a process for the run that it had: on a busy machine both take long."""
    runs: Any = Shown("running")
    await wait_for_recovery(session(SHORT_MS, start_s=40), runs, runs.handles, 20)
    assert runs.waited_s == [23 + 80]


async def test_where_it_is_long_a_run_under_way_is_not_waited_for() -> None:
    runs: Any = Shown("success", "running")

    with pytest.raises(pytest.skip.Exception, match=REASON):
        await wait_for_recovery(session(LONG_MS), runs, runs.handles, 20)
    assert runs.waited_s == []


async def test_a_run_that_is_lost_shows_at_once() -> None:
    runs: Any = Shown("success", None)

    assert await wait_for_recovery(session(LONG_MS), runs, runs.handles, 20) == ["success", None]
