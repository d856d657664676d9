"""A finished run is joined again when whatever the server remembered of its stream is gone."""

from typing import Any

import pytest

from onceproof.conformance.faults import flush_redis
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.exclusive import require_own_redis
from onceproof.conformance.suite.kit.replicas import restart_all
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.streams import stream_run
from onceproof.conformance.suite.kit.waiting import within
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs

#: "Within seconds", and far less than what a heartbeat would let pass unseen.
END_S = 10.0

resumable = pytest.mark.parametrize("resumable", [True, False], ids=["resumable", "not resumable"])


async def finish(runs: Runs, resumable: bool) -> tuple[RunHandle, list[str | None]]:
    """Return a run that has ended, and what a client may say that it has had of it."""
    body: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": resumable}
    handle, events = await stream_run(runs, "chain", {"steps": 2}, **body)
    await runs.until_terminal(handle)
    return handle, [None, "-1", events[1].id or "1700000000000-0"]


async def expect_end(runs: Runs, handle: RunHandle, last_event_id: str | None) -> None:
    """Expect the stream of the finished run to end soon, whether it is empty, whole or an error."""
    __tracebackhide__ = True
    try:
        async with (
            within(END_S, f"the end of the stream joined with Last-Event-ID {last_event_id!r}"),
            runs.join_stream(handle, last_event_id, expired=True) as sub,
        ):
            await sub.collect()
    except RunRefused as refused:
        same(f"kind of the refusal ({refused})", (refused.status or 0) // 100, 4)


@requirement("RSM-19")
@resumable
async def test_a_finished_runs_stream_ends_after_a_restart(
    small: Small, small_runs: Runs, resumable: bool
) -> None:
    handle, ids = await finish(small_runs, resumable)
    await restart_all(small.target)
    for each in ids:
        await expect_end(small_runs, handle, each)


@requirement("RSM-19")
@resumable
async def test_a_finished_runs_stream_ends_after_redis_has_lost_it(
    runs: Runs, session: Session, resumable: bool
) -> None:
    require_own_redis(session)
    handle, ids = await finish(runs, resumable)
    with flush_redis(session):
        for each in ids:
            await expect_end(runs, handle, each)
