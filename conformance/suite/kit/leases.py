"""Waiting for leases to run out, where they are short enough to be waited for.

A target may keep the run of a silent worker for minutes, and no setting changes that. Some twenty
tests need a lease that has expired; rather than wait as often as that, they are inconclusive at
once. What is seen without waiting, such as a run that a crash has lost, is judged all the same.
"""

from collections.abc import Sequence

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.concurrency import together
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.queue.scenes import all_end
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

#: The longest lease that any test waits for.
LONGEST_S = 30.0


def short(session: Session) -> bool:
    """Whether tests wait for a lease of the target to run out."""
    return session.options.lease_ms / 1000 <= LONGEST_S


def lease_s(session: Session) -> float:
    """How long a silent worker keeps its run; inconclusive if that is too long to wait for."""
    lease = session.options.lease_ms / 1000
    if not short(session):
        inconclusive(f"its lease of {lease:g} s is longer than the {LONGEST_S:g} s waited for")
    return lease


def longer_than_a_lease_s(session: Session) -> float:
    """Long enough for a lease that was not extended to run out and to be found."""
    return lease_s(session) + session.options.sweep_ms / 1000 + 0.5


def recovery_s(session: Session) -> float:
    """How long after a fault the target may still be putting things right."""
    lease_s(session)
    return session.recovery_ms / 1000


async def recovered(
    session: Session, runs: Runs, handles: Sequence[RunHandle], more_s: float
) -> list[str | None]:
    """The statuses of runs after a fault, `more_s` longer than it may take to put them right.

    Inconclusive where one is still under way that only a lease too long to wait for can free.
    """
    if short(session):
        return await all_end(runs, handles, recovery_s(session) + more_s)
    statuses = await together(runs.status(handle) for handle in handles)
    if not all(status is None or status in TERMINAL for status in statuses):
        lease_s(session)
    return statuses
