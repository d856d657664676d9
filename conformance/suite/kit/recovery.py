"""Waiting for a target to get over a fault, as far as that takes seconds and not minutes.

A target may keep the run of a silent worker for minutes, and no setting changes that. Some twenty
tests need a lease that has expired; rather than wait as often as that, they are inconclusive at
once. What is seen without waiting, such as a run that a crash has lost, is judged all the same.

How soon a deployment must work again after an outage of the stack that it shares with all others
is judged where the stack is broken (QUE-19, QUE-20, SHD-13, SHD-14). A server whose connections
stay dead for longer would otherwise fail later tests for the wrong reason: that it cannot fill its
slots, or that it cannot stop.
"""

import asyncio
import time
from collections.abc import Sequence

import httpx
import pytest

from onceproof.conformance.checks.views.windows import find_last_end
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import poll_until, wait_for_ends
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import OperationError
from onceproof.conformance.wire.runs import Runs, StillRunning

#: The longest lease that any test waits for.
LONGEST_S = 30.0

LIMIT_S = 120.0
#: For the runs of one round: longer than clients of Postgres commonly wait for a connection.
ROUND_S = 40.0
PAUSE_S = 0.2


def has_short_lease(session: Session) -> bool:
    """Return whether tests wait for a lease of the target to run out."""
    return session.options.lease_ms / 1000 <= LONGEST_S


def lease_s(session: Session) -> float:
    """Return how long a silent worker keeps its run; inconclusive if that is too long to wait."""
    lease = session.options.lease_ms / 1000
    if not has_short_lease(session):
        inconclusive(f"its lease of {lease:g} s is longer than the {LONGEST_S:g} s waited for")
    return lease


def longer_than_a_lease_s(session: Session) -> float:
    """Return seconds in which a lease that was not extended runs out, and its end is noticed."""
    return lease_s(session) + session.options.sweep_ms / 1000 + 0.5


def recovery_s(session: Session) -> float:
    """Return how long after a fault the target may still be putting things right."""
    lease_s(session)
    return session.recovery_ms / 1000


def starts_again_s(session: Session) -> float:
    """Return how long what a crash has ended may take to start again: a worker, and a process for
    the run that it had. Each takes as long as the target took, however busy the machine is."""
    return 2 * session.start_s


async def wait_for_recovery(
    session: Session, runs: Runs, handles: Sequence[RunHandle], more_s: float
) -> list[str | None]:
    """Return the statuses of runs after a fault, `more_s` after it must have been put right.

    Inconclusive where one is still under way that only a lease too long to wait for can free.
    """
    if has_short_lease(session):
        limit_s = recovery_s(session) + more_s + starts_again_s(session)
        return await wait_for_ends(runs, handles, limit_s)
    statuses = await gather_within_limit(runs.status(handle) for handle in handles)
    if not all(status is None or status in TERMINAL for status in statuses):
        lease_s(session)
    return statuses


async def works_again(runs: Runs, slots: int, limit_s: float = LIMIT_S) -> bool:
    """Return whether, in some round before the limit, a run for each slot ends well."""
    return await poll_until(lambda: _round_succeeds(runs, slots), limit_s, PAUSE_S)


async def _round_succeeds(runs: Runs, slots: int) -> bool:
    try:
        threads = [await runs.new_thread() for _ in range(slots)]
        handles = [await runs.create(each, "chain", {"steps": 1}) for each in threads]
        return set(await wait_for_ends(runs, handles, ROUND_S)) == {"success"}
    except (httpx.HTTPError, OperationError, StillRunning):
        return False


@pytest.fixture
async def calm(session: Session) -> None:
    """Return when the recovery allowance of every fault so far is over, within LONGEST_S.

    A check excuses what a fault may have done until its recovery allowance is over, whichever test
    injected it. A test that follows a fault at once would have its own history excused with it, and
    be inconclusive on a fast target: what is judged would depend on what else was selected.
    """
    rest_s = (find_last_end(session.records()) - time.monotonic_ns()) / 1e9
    if 0 < rest_s <= LONGEST_S:
        await asyncio.sleep(rest_s)
